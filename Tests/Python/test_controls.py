"""Sliders, choices, buttons and questions in JupyterLab in Chromium: the picture follows what a person moves."""
import pytest

lab = pytest.importorskip("lab", reason="selenium is missing: pip install -r scripts/requirements.txt")
pytest.importorskip("ipywidgets", reason="ipywidgets is missing: pip install -r scripts/requirements.txt")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

pytestmark = pytest.mark.skipif(bool(lab.missing()), reason=lab.missing())

DATA = "few = (load shapes train=200 test=10).train"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    server = lab.Server(tmp_path_factory.mktemp("controls"))
    driver = lab.browser()
    page = lab.Page(driver, server)
    page.open_lab()
    yield page
    driver.quit()
    server.stop()


@pytest.fixture
def opened(page, request):
    def open_cells(*cells):
        name = request.node.name.removeprefix("test_") + ".ipynb"
        page.server.write(name, *cells)
        page.open(name)
        page.run_all()
        return page

    yield open_cells
    page.picture("controls-" + request.node.name.removeprefix("test_"))


def pictures(page):
    """The pictures that are to be seen."""
    return [picture for picture in page.inside(".jp-OutputArea-output img") if picture.is_displayed()]


def source(page):
    """The first picture on the page, as bytes in text."""
    return next((picture.get_attribute("src") for picture in pictures(page)), None)


def drag(page, distance):
    handle = page.wait(lambda: page.inside(".widget-slider .noUi-handle"), "a slider")[0]
    page.script("arguments[0].scrollIntoView({block: 'center'})", handle)
    moves = ActionChains(page.driver, duration=20).click_and_hold(handle)
    for _ in range(abs(distance) // 6):
        moves = moves.move_by_offset(6 if distance > 0 else -6, 0)
    moves.release().perform()


def save(page, name):
    page.script("jupyterapp.commands.execute('docmanager:save')")
    page.wait(lambda: not page.script("return jupyterapp.shell.currentWidget.context.model.dirty"), "a saved notebook")
    return page.server.read(name + ".ipynb")


def in_file(cell):
    """The beginning of a saved cell's last picture."""
    return cell.outputs[-1].data["image/png"].replace("\n", "")[:2000]


def test_the_picture_follows_the_slider(opened):
    page = opened(DATA, "slider strength from=0.2 to=1 value=0.9 {\n"
                        "  show few with=(crop scale=[strength, 1]) views=2 count=6\n}", "strength")
    page.wait_for_prompts(1, 2, 3)
    first = page.wait(lambda: source(page), "a picture")
    page.picture("controls-slider-before")
    drag(page, -150)
    page.wait(lambda: source(page) != first, "another picture")
    page.wait_for_idle()
    page.picture("controls-slider-after")
    page.wait(lambda: len(pictures(page)) == 1, "pictures that replace each other")
    readout = float(page.texts(".widget-readout")[0])
    assert 0.2 <= readout < 0.8
    # A later cell reads the number.
    page.enter(2)
    page.press(Keys.ENTER, holding=Keys.SHIFT)
    page.wait(lambda: page.texts(".jp-OutputArea-executeResult pre")[-1:] == [f"{readout:g}"], "the number")
    saved = save(page, "the_picture_follows_the_slider")
    page.wait(lambda: in_file(saved.cells[1]) in source(page), "the picture of the file")


def test_the_picture_follows_after_the_page_was_loaded_anew(opened):
    name = "the_picture_follows_after_the_page_was_loaded_anew"
    page = opened(DATA, "slider n from=2 to=12 value=3 {\n  show few count=n\n}", "n")
    page.wait_for_prompts(1, 2, 3)
    page.wait(lambda: source(page), "a picture")
    page.wait_for_idle()
    save(page, name)
    page.driver.get_log("browser")
    page.open_lab()
    page.open(name + ".ipynb")
    page.wait(lambda: page.inside(".widget-slider .noUi-handle"), "the slider again")
    first = page.wait(lambda: source(page), "the picture again")
    page.picture("controls-loaded-anew")
    page.wait(lambda: len(pictures(page)) == 1, "one picture")
    for distance in (60, 60, -30):
        before = source(page)
        drag(page, distance)
        page.wait(lambda: source(page) not in (None, before), "another picture")
        page.wait_for_idle()
        page.wait(lambda: len(pictures(page)) == 1, "pictures that replace each other")
    number = page.texts(".widget-readout")[0]
    page.picture("controls-loaded-anew-and-moved")
    page.enter(2)
    page.press(Keys.ENTER, holding=Keys.SHIFT)
    page.wait(lambda: page.texts(".jp-OutputArea-executeResult pre")[-1:] == [number], "the number")
    assert first != source(page)
    errors = [entry["message"] for entry in page.driver.get_log("browser")]
    assert not [error for error in errors if "omm" in error or "widget" in error], errors


def test_a_saved_notebook_shows_the_last_picture_without_its_kernel(opened):
    name = "a_saved_notebook_shows_the_last_picture_without_its_kernel"
    page = opened(DATA, "slider n from=2 to=12 value=3 {\n  show few count=n\n}", '"what follows is shown"')
    page.wait_for_prompts(1, 2, 3)
    first = page.wait(lambda: source(page), "a picture")
    drag(page, 60)
    page.wait(lambda: source(page) not in (None, first), "another picture")
    # A cell waits for what was asked before it: then the last picture is there.
    page.enter(2)
    page.press(Keys.ENTER, holding=Keys.CONTROL)
    page.wait_for_prompts(1, 2, 4)
    last = in_file(save(page, name).cells[1])
    assert last not in first
    page.script("return jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    page.open_lab()
    page.open(name + ".ipynb")
    page.wait(lambda: last in (source(page) or ""), "the picture of the file")
    page.picture("controls-saved")


def test_a_slider_moves_through_the_epochs_of_a_training(opened):
    page = opened(DATA + "\nmodel = simclr (cnn width=8) head=[16, 2]\ntrain model on=few epochs=5 batch=50 rate=3e-3 watch=[map];",
                  "slider epoch from=0 to=5 value=5 { plot z model epochs=epoch }", "plot z model interactive=true")
    page.wait_for_prompts(1, 2, 3)
    first = page.wait(lambda: source(page), "a picture")
    drag(page, -150)
    page.wait(lambda: source(page) not in (None, first), "another picture")
    page.wait_for_idle()
    epoch = int(page.texts(".widget-readout")[0])
    assert epoch < 5
    saved = save(page, "a_slider_moves_through_the_epochs_of_a_training")
    assert f"epoch {epoch}" in saved.cells[1].outputs[-1].data["text/plain"]
    # The map with a slider of its own, which Vega draws.
    handle = page.wait(lambda: page.inside(".vega-bind input[type=range]"), "a slider within the figure")[0]
    page.script("arguments[0].scrollIntoView({block: 'center'})", handle)
    def drawn():
        return page.script("return document.querySelector(`${arguments[0]} .vega-embed canvas, ${arguments[0]} .vega-embed svg`)?.toDataURL?.() ?? document.querySelector(`${arguments[0]} .vega-embed`)?.innerHTML", page.panel)
    before = drawn()
    page.script("arguments[0].value = 0; arguments[0].dispatchEvent(new Event('input'))", handle)
    page.wait(lambda: drawn() != before, "another frame")


def test_choices_and_buttons_stand_together_and_errors_stay_in_place(opened):
    page = opened(DATA, 'choice shape in=["star", "ring", "cross"] {\n  button "Draw again" {\n'
                        '    show (sample few[shape] 6)\n  }\n}', "few = few[0..<0]")
    page.wait_for_prompts(1, 2)
    page.wait(lambda: [button.text for button in page.inside(".widget-toggle-button")] == ["star", "ring", "cross"],
              "three buttons")
    page.wait_for_idle()
    page.wait(lambda: page.texts(".jp-OutputArea-output pre")[-1:] or source(page), "an output")
    page.picture("controls-choice")
    # The last cell took the pictures away: what follows is an error in the place of the picture.
    page.click(f"{page.panel} .widget-button.jupyter-button:not(.widget-toggle-button)")
    page.wait(lambda: any("^" in text for text in page.texts(".jp-OutputArea-output pre")), "an error with its place")
    page.picture("controls-error")
    # The controls live on: with pictures again, the next press shows them.
    page.enter(0)
    page.press(Keys.ENTER, holding=Keys.SHIFT)
    page.wait_for_idle()
    page.inside(".widget-toggle-button")[1].click()
    first = page.wait(lambda: source(page), "a picture again")
    page.wait_for_idle()
    page.click(f"{page.panel} .widget-button.jupyter-button:not(.widget-toggle-button)")
    page.wait(lambda: source(page) not in (None, first), "other pictures")


def test_a_question_is_answered_on_the_page(opened):
    page = opened('n = ask "How many epochs?" default=10 from=1 to=100\nn * 2')
    field = page.wait(lambda: page.inside(".jp-Stdin-input"), "a question")[0]
    page.wait(lambda: "How many epochs? [10]" in "".join(page.texts(".jp-Stdin-prompt")), "its words")
    field.send_keys("many", Keys.ENTER)
    page.wait(lambda: any("many is not a number" in text for text in page.texts(".jp-Stdin-prompt")), "the question again")
    page.picture("controls-question")
    # The first field gives way to the second.
    field = page.wait(lambda: [new for new in page.inside(".jp-Stdin-input") if new != field], "a new field")[0]
    field.send_keys("21", Keys.ENTER)
    page.wait(lambda: page.texts(".jp-OutputArea-executeResult pre") == ["42"], "twice the answer")


def test_a_concept_is_explained_with_a_typeset_formula(opened):
    page = opened("explain temperature")
    page.wait(lambda: page.inside(".jp-OutputArea-output mjx-container"), "a formula")
    page.wait(lambda: page.inside(".jp-OutputArea-output img"), "a picture")


def test_shift_tab_shows_a_small_picture(opened):
    page = opened(DATA, "few")
    page.wait_for_prompts(1, 2)
    page.enter(1)
    page.press(Keys.TAB, holding=Keys.SHIFT)
    page.wait(lambda: page.all(".jp-Tooltip img[src^='data:image/png']"), "a small picture in the tooltip")
