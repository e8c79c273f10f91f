"""Which files are listed as photographs, once each and under which name."""

import os

import pytest
from PIL import Image

from colorization.data.listing import MARK, list_images, listing_digest, shortened
from colorization.runtime.log import StageError


@pytest.fixture
def write(tmp_path):
    """A function that writes files of different contents and returns their folder."""

    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(name, encoding="utf-8")
        return tmp_path

    return make


def names(*roots, **options):
    return [source.name for source in list_images([*map(str, roots)], **options)]


def reported(*roots, **options):
    lines = []
    list_images([*map(str, roots)], lines.append, **options)
    return [line.split(": ", 1)[1] for line in lines]


HIDDEN = [
    *(
        "._a.jpg",
        ".a.jpg",
        ".thumbnails/a.jpg",
        ".git/a.png",
        ".Trash-1000/files/a.jpg",
    ),
    *(".ipynb_checkpoints/a-checkpoint.png", ".AppleDouble/a.jpg", ".@__thumb/a.jpg"),
    *("@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg", "#recycle/a.jpg", "@Recycle/a.jpg"),
    *("$RECYCLE.BIN/S-1-5/$RA.jpg", "$Recycle.Bin/a.jpg", "lost+found/a.jpg"),
    *("System Volume Information/a.jpg", "__MACOSX/._a.jpg", "__MACOSX/a.jpg"),
    *("Catalog Previews.lrdata/0/a.jpg", "M4ROOT/THMBNL/C0001T01.JPG"),
    *("My.photoslibrary/resources/derivatives/a.jpeg", "Smart Previews.LRDATA/a.jpg"),
    *("My.photoslibrary/resources/renders/a.jpeg", "old.photolibrary/Thumbnails/a.jpg"),
]


@pytest.mark.parametrize("name", [*HIDDEN, "Thumbs.db", "sub/.DS_Store", "desktop.ini"])
@pytest.mark.parametrize("folder", ["", "sub/"])
def test_what_is_hidden_or_generated_is_left_out_and_counted(write, folder, name):
    before = listing_digest([str(write("one.jpg"))])
    root = write(folder + name)
    assert names(root) == ["one.jpg"]
    assert any("hidden or generated: 1 (" in line for line in reported(root))
    assert listing_digest([str(root)]) == before


def test_photographs_of_a_library_are_its_originals(write):
    root = write("X.photoslibrary/originals/0/A.heic", "Y.aplibrary/Masters/b.jpg")
    write("X.photoslibrary/resources/media/masters/0/A_c.jpeg")
    expected = ["X.photoslibrary/originals/0/A.heic", "Y.aplibrary/Masters/b.jpg"]
    assert names(root) == expected
    assert names(root / "X.photoslibrary") == ["originals/0/A.heic"]
    # A folder that the user names is listed.
    assert names(root / "X.photoslibrary/resources") == ["media/masters/0/A_c.jpeg"]


@pytest.mark.parametrize("folder", [".hidden", ".hidden/in", "@eaDir", "x/.cache/y"])
def test_a_root_is_listed_even_inside_a_hidden_folder(write, folder):
    root = write(f"{folder}/a.jpg", f"{folder}/.b.jpg") / folder
    assert names(root) == ["a.jpg"]
    assert names(root / ".b.jpg") == [".b.jpg"]
    assert names(os.path.relpath(root)) == ["a.jpg"]


def test_other_files_are_counted_by_ending(write):
    root = write("a.JPG", "b.JXL", "c.heif", "d.jfif", "e.dib", "f.pnm", "g.j2k")
    assert len(names(root)) == 7
    assert reported(root) == []
    write("1.mov", "2.MOV", "sub/3.mov", "x.txt", "README", "y.cr2")
    assert reported(root) == [
        "6 files are no images that can be read: 3 .mov, 1 .cr2, 1 .txt, "
        "1 without an ending"
    ]
    lines = []
    list_images([f"{root}/"], lines.append)
    assert lines[0].startswith(f"in {root}/: 6 files are no images")
    assert reported(root / "a.JPG") == []


def test_lines_stay_short_and_printable():
    assert shortened(["a\n", "b"]) == r"a\n, b"
    assert shortened("abcdef") == "a, b, c, 3 more"


def test_linked_folders_are_followed(write):
    root = write("photos/dogs/1.jpg", "elsewhere/2.jpg", "elsewhere/deep/3.jpg")
    (root / "photos/cats").symlink_to("../elsewhere")
    (root / "further").mkdir()
    write("further/4.jpg")
    (root / "elsewhere/deep/more").symlink_to(root / "further")
    assert names(root / "photos") == [
        *("cats/2.jpg", "cats/deep/3.jpg", "cats/deep/more/4.jpg", "dogs/1.jpg")
    ]
    before = listing_digest([str(root / "photos")])
    write("elsewhere/5.jpg")
    assert listing_digest([str(root / "photos")]) != before


@pytest.mark.parametrize("target", ["photos", "photos/dogs", ".", "photos/loop"])
def test_loops_of_links_end(write, target):
    root = write("photos/dogs/1.jpg")
    (root / "photos/dogs/loop").symlink_to(root / target)
    (root / "photos/loop").symlink_to(root / "photos/dogs/loop")
    assert names(root / "photos") == ["dogs/1.jpg"]


def test_a_folder_keeps_its_own_name_beside_links_to_it(write):
    root = write("photos/dogs/1.jpg", "photos/zebras/2.jpg", "all/cats/3.jpg")
    (root / "photos/a").symlink_to("zebras")
    (root / "photos/b").symlink_to("../all")
    (root / "photos/cats").symlink_to("../all/cats")
    # A linked folder of a class keeps its name, though another link contains it.
    expected = ["cats/3.jpg", "dogs/1.jpg", "zebras/2.jpg"]
    assert names(root / "photos") == expected
    assert reported(root / "photos")[0].startswith("left out as second names: 2 (")


def test_a_file_is_listed_once_whatever_its_names(write):
    root = write("photos/m.jpg", "outside.jpg")
    (root / "photos/a.jpg").symlink_to("m.jpg")
    os.link(root / "photos/m.jpg", root / "photos/z.jpg")
    (root / "photos/y.jpg").symlink_to("../outside.jpg")
    (root / "photos/x.jpg").symlink_to("../outside.jpg")
    assert names(root / "photos") == ["m.jpg", "x.jpg"]
    (line,) = reported(root / "photos")
    assert line.startswith("left out as second names: 3 (")


@pytest.mark.parametrize("backwards", [False, True])
def test_roots_that_overlap_give_each_photograph_once(write, backwards):
    root = write("photos/1.jpg", "photos/sub/2.jpg")
    (root / "link").symlink_to("photos")
    roots = [root / "photos", root / "photos/sub", root / "link", root / "photos/1.jpg"]
    assert names(*(roots[::-1] if backwards else roots)) == ["1.jpg", "2.jpg"]


def test_results_are_no_photographs(write):
    root = write(
        "1.jpg", "results/a/1.jpg", "results/x.png", "out/1.jpg", f"out/{MARK}"
    )
    (root / "done").symlink_to("results/a")
    options = dict(results=root / "results")
    assert names(root, **options) == ["1.jpg"]
    assert reported(root, **options)[-1].startswith("left out as results: ")
    assert listing_digest([str(root)], **options) == listing_digest([f"{root}/1.jpg"])
    for inside in ("results", "results/a", "out"):
        assert names(root / inside, **options)


def test_a_missing_root_is_an_error(tmp_path):
    with pytest.raises(StageError, match="is neither a folder nor a file"):
        list_images([str(tmp_path / "nothing")])


def test_pipes_and_links_to_nowhere(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "b.png").symlink_to("nowhere.png")
    assert names(tmp_path) == ["a.png", "b.png"]
    assert reported(tmp_path)[0].endswith(": 1 pipe or device")
