"""JupyterLab and Notebook 7 in Chromium, with the installed kernel: what a person sees and does.

Pictures of each page go to build/browser. Without Chromium the tests are skipped, and say so.
"""
import collections
import re

import pytest

lab = pytest.importorskip("lab", reason="selenium is missing: pip install -r scripts/requirements.txt")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

pytestmark = pytest.mark.skipif(bool(lab.missing()), reason=lab.missing())

SMALL = "shapes = load shapes train=200 test=40 size=16\nmodel = simclr (cnn width=4) head=[8]"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = lab.Server(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def driver(server):
    driver = lab.browser()
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def lab_page(driver, server):
    page = lab.Page(driver, server)
    page.open_lab()
    return page


@pytest.fixture(params=["lab"])
def open_notebook(lab_page, request):
    """Opens a notebook of these cells, called as the test, in a tab of its own."""
    title = re.sub(r"\W+", "_", request.node.name.removeprefix("test_")).strip("_")
    page = lab_page if request.param == "lab" else lab.NotebookPage(lab_page.driver, lab_page.server)

    def open_cells(*cells):
        page.server.write(f"{title}.ipynb", *cells)
        page.open(f"{title}.ipynb")
        return page

    yield open_cells
    page.picture(title)
    page.leave()


in_both = pytest.mark.parametrize("open_notebook", ["lab", "notebook"], indirect=True)


@in_both
def test_a_notebook_runs_and_shows_its_pictures(open_notebook):
    page = open_notebook(SMALL, "show shapes.train count=4", "train model on=shapes.train epochs=1 batch=50;\nplot loss model")
    page.run_all()
    page.wait_for_prompts(1, 2, 3)
    page.wait(lambda: len(page.inside(".jp-OutputArea-output img")) == 2, "two pictures")
    pictures = page.inside(".jp-OutputArea-output img")
    assert all(picture.get_attribute("alt") for picture in pictures), "a picture says what is to be seen"
    assert not page.inside("[data-mime-type='application/vnd.jupyter.stderr']")


def test_text_of_a_table_is_neither_formula_nor_tag(open_notebook):
    page = open_notebook('t = table what=["from $200 million to $700 million", "<unknown> & \\\\(x\\\\)"]\nt', "explain temperature", "pick t what=\"<unknown> & \\\\(x\\\\)\"")
    page.run_all()
    page.wait_for_prompts(1, 2, 3)
    # What is meant as a formula is set as one: by then all others would be.
    page.wait(lambda: page.inside("mjx-container"), "the formula of the explanation")
    cells = [cell.text for cell in page.inside("table.mathjax_ignore td")]
    assert cells == ["from $200 million to $700 million", "<unknown> & \\(x\\)"]
    assert "<unknown> & \\(x\\)" in [cell.text for cell in page.inside("div.mathjax_ignore td")]
    assert not page.inside(".mathjax_ignore mjx-container")


COLOURED = '''# Two views of each picture
few = load shapes train=1_000 test=50 # a comment
for rate in [1e-4, 50%] {
  model = simclr (cnn width=4) temperature=0.5
  if rate > 0.1 and true { show "rate {rate * 2 + [1][0]} \\n" } else { x = 3 }
}
train model
  on=few.train
  epochs=1; y = 'it''s' + "{"
plot loss model
help plot; few.train?; τ = -1.5 % 2 <= 0..<3'''

# What JupyterLab's theme distinguishes, as its colour variables are named.
THEME = {"keyword": "keyword", "Literal.Number": "number", "Comment": "comment", "Literal.String": "string",
         "Literal.String.Escape": "string-2", "Literal.String.Interpol": "string-2", "Operator": "operator",
         "Name.Builtin": "builtin", "Name.Variable": "def", "Name.Attribute": "attribute",
         "Name.Property": "property", "Keyword": "keyword"}


def colours_of(page):
    """For each letter of the first cell, the colour that the browser gives it."""
    return page.script("""
      const lines = [...document.querySelector(`${arguments[0]} .cm-content`).querySelectorAll('.cm-line')];
      return lines.map(line => {
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        const letters = [];
        while (walker.nextNode()) {
          const colour = getComputedStyle(walker.currentNode.parentElement).color;
          for (const letter of walker.currentNode.data) letters.push([letter, colour]);
        }
        return letters;
      });""", page.panel)


def theme_colours(page):
    return page.script("""
      const probe = document.body.appendChild(document.createElement('span'));
      const found = {};
      for (const name of arguments[0]) {
        probe.style.color = `var(--jp-mirror-editor-${name}-color)`;
        found[name] = getComputedStyle(probe).color;
      }
      probe.remove();
      return found;""", sorted(set(THEME.values())))


def expected_classes():
    """For each letter of the cell, what Pygments makes of it, in the theme's words; None for what has no colour."""
    from contrast_jupyter.lexer import ContrastLexer

    letters = []
    for _, token, text in ContrastLexer().get_tokens_unprocessed(COLOURED):
        names = str(token).removeprefix("Token.").split(".")
        kind = next((THEME[".".join(names[:end])] for end in range(len(names), 0, -1)
                     if ".".join(names[:end]) in THEME), None)
        letters += [kind] * len(text)
    return letters


@in_both
def test_the_language_is_coloured_as_pygments_does(open_notebook):
    page = open_notebook(COLOURED)
    theme = theme_colours(page)
    wanted = iter(expected_classes())
    seen = collections.Counter()
    for number, line in enumerate(colours_of(page)):
        for column, (letter, colour) in enumerate(line):
            kind = next(wanted)
            if kind and not letter.isspace():
                assert colour == theme[kind], f"{kind}: {COLOURED.splitlines()[number]!r}, {letter!r} at {column}"
                seen[kind] += 1
        next(wanted, None)  # The end of the line.
    assert set(seen) == set(THEME.values())


def code_of(page, cell=0):
    return page.script("return [...document.querySelectorAll(arguments[0])][arguments[1]].innerText",
                       f"{page.panel} .cm-content", cell).strip("\n")


@in_both
def test_tab_completes_verbs_and_options(open_notebook):
    page = open_notebook("")
    page.enter()
    page.press("si", Keys.TAB)
    offered = page.wait(lambda: page.script(
        "return [...document.querySelectorAll('.jp-Completer:not(.lm-mod-hidden) .jp-Completer-match')].map(e => e.textContent)"),
        "the list of what fits")
    assert {"simclr", "similarity"} <= set(offered) and all(word.startswith("si") for word in offered)
    page.picture("completion")
    page.press(Keys.ENTER)
    page.wait(lambda: code_of(page) == offered[0], "the first one to be taken")
    page.press(Keys.BACKSPACE * len(offered[0]) + "train model optimizer=a", Keys.TAB)
    page.wait(lambda: page.all(".jp-Completer:not(.lm-mod-hidden)") or code_of(page).endswith("adam"), "a choice")
    if not code_of(page).endswith("adam"):
        page.press(Keys.ENTER)
    page.wait(lambda: code_of(page) == "train model optimizer=adam", "the choice to be taken")


@in_both
def test_shift_tab_explains(open_notebook):
    page = open_notebook("train model on=few")
    page.enter()
    page.press(Keys.HOME, Keys.RIGHT)
    page.press(Keys.TAB, holding=Keys.SHIFT)
    page.wait(lambda: any(tip.text.startswith("train") and "Train a model" in tip.text for tip in page.all(".jp-Tooltip")),
              "the tooltip")
    page.picture("tooltip")
    page.press(Keys.ESCAPE)


def test_a_question_mark_shows_a_page(open_notebook):
    page = open_notebook("train?")
    page.run_all()
    page.wait(lambda: any("Train a model" in text for text in page.texts(".jp-OutputArea-output")), "the page")


@in_both
def test_an_error_shows_its_place_in_colour(open_notebook):
    page = open_notebook("x = 3\nshow x wiht=simclr", "y = 1")
    page.run_all()
    page.wait(lambda: page.inside("[data-mime-type='application/vnd.jupyter.stderr']"), "the error")
    lines = page.texts("[data-mime-type='application/vnd.jupyter.stderr'] pre")[0].splitlines()
    excerpt = next(index for index, line in enumerate(lines) if "show x wiht=simclr" in line)
    assert lines[excerpt + 1].index("^") == lines[excerpt].index("wiht")
    caret = page.script("""
      const parts = [...document.querySelectorAll(`${arguments[0]} .jp-OutputArea-output span`)];
      const background = getComputedStyle(document.querySelector(`${arguments[0]} .jp-OutputArea-output`)).color;
      return parts.filter(part => part.textContent.includes('^')).map(
        part => [getComputedStyle(part).color, background]);""", page.panel)
    assert caret and caret[0][0] != caret[0][1]
    page.wait(lambda: page.texts(".jp-InputPrompt")[:2] == ["[1]:", "[ ]:"], "the cell after it to be passed over")


@in_both
def test_progress_updates_in_place_and_the_toolbar_interrupts(open_notebook):
    page = open_notebook(SMALL, "train model on=shapes.train epochs=100000 batch=50", "model.history.steps.count > 0")
    page.run_all()
    progress = lambda: [text for text in page.texts(".jp-OutputArea-output") if text.startswith("Training")]
    first = page.wait(progress, "progress")
    page.wait(lambda: progress() != first, "progress that moves")
    assert len(page.inside(".jp-OutputArea-output")) == 1
    page.picture("progress")
    page.tool("interrupt")
    page.wait(lambda: page.inside("[data-mime-type='application/vnd.jupyter.stderr']"), "the end of training")
    page.wait_for_idle()
    page.wait(lambda: "stopped after" in progress()[0], "progress that says so")
    page.enter(2)
    page.press(Keys.ENTER, holding=Keys.CONTROL)
    page.wait(lambda: page.texts(".jp-OutputArea-output")[-1].strip() == "true", "the model to be of use")


def test_restart_and_run_all(open_notebook):
    page = open_notebook("x = 1", "x = x + 1", "x")
    page.run_all()
    page.wait_for_prompts(1, 2, 3)
    page.run_all()
    page.wait_for_prompts(4, 5, 6)
    page.tool("restart-and-run")
    page.click(".jp-Dialog .jp-mod-accept")
    page.wait_for_prompts(1, 2, 3)
    page.wait(lambda: [text.strip() for text in page.texts(".jp-OutputArea-output")] == ["2"], "the last cell's value")


@in_both
def test_a_question_is_answered_in_the_page(open_notebook):
    page = open_notebook('n = ask "How many?" default=10 from=1 to=100\nn * 2')
    page.run_all()
    page.wait(lambda: page.inside("input.jp-Stdin-input"), "the box for the answer")
    assert "How many?" in page.texts(".jp-Stdin")[0]
    page.click(f"{page.panel} input.jp-Stdin-input")
    page.press("21", Keys.ENTER)
    page.wait_for_prompts(1)
    page.wait(lambda: "42" in [text.strip() for text in page.texts(".jp-OutputArea-output")], "what follows from it")


def test_controls_run_their_blocks_when_they_move(open_notebook):
    pytest.importorskip("ipywidgets", reason="ipywidgets is missing: pip install -r scripts/requirements.txt")
    page = open_notebook(
        "slider x from=0 to=10 value=3 {\n  x * 100\n}", 'choice word in=["one", "two"] {\n  "{word} {word}"\n}',
        'button "Again" {\n  x + 1000\n}')
    shown = lambda: [element.text.strip() for element in page.inside(".jp-OutputArea-output[data-mime-type='text/plain']")
                     if element.is_displayed()]
    page.run_all()
    page.wait_for_prompts(1, 2, 3)
    page.wait(lambda: shown() == ["300", '"one one"', "1003"], "what the blocks show at first")
    handle = page.wait(lambda: page.inside(".widget-slider [role='slider']"), "the slider")[0]
    ActionChains(page.driver).drag_and_drop_by_offset(handle, 60, 0).perform()
    page.wait(lambda: shown()[0] not in ("300", ""), "what the block shows to change")
    value = int(page.texts(".widget-readout")[0])
    page.wait(lambda: shown()[0] == str(value * 100) and value > 3, "it to be of where the slider stands")
    page.script("document.querySelector(arguments[0]).focus()", f"{page.panel} .widget-slider [role='slider']")
    page.press(Keys.RIGHT)
    page.wait(lambda: shown()[0] == str((value + 1) * 100), "an arrow key to move it by one")
    page.click(f"{page.panel} .widget-toggle-button:nth-child(2)")
    page.wait(lambda: shown()[1] == '"two two"', "the other choice")
    page.click(f"{page.panel} button.widget-button")
    page.wait(lambda: shown()[2] == str(value + 1001), "the button's block to run again")
    assert [entry["message"] for entry in page.driver.get_log("browser") if "jupyter-widgets" in entry["message"]] == []


@in_both
def test_a_slider_is_dragged_and_its_picture_follows(open_notebook):
    pytest.importorskip("ipywidgets", reason="ipywidgets is missing: pip install -r scripts/requirements.txt")
    page = open_notebook("shapes = load shapes train=20 test=10", "slider k from=1 to=8 value=3 {\n  show shapes.train count=k\n}")
    shown = lambda: page.script("return [...document.querySelectorAll(arguments[0])].filter(e => e.offsetParent).map(e => e.src)",  # noqa: E731
                                f"{page.panel} .jp-OutputArea-output img")
    page.run_all()
    page.wait_for_prompts(1, 2)
    [first] = page.wait(shown, "the picture")
    handle = page.wait(lambda: page.inside(".widget-slider [role='slider']"), "the slider")[0]
    ActionChains(page.driver).drag_and_drop_by_offset(handle, 60, 0).perform()
    page.wait(lambda: page.texts(".widget-readout") not in ([], ["3"]), "the slider to move")
    page.wait(lambda: len(shown()) == 1 and shown() != [first], "one picture, and another")


def test_wide_tables_scroll_within_the_page(open_notebook):
    columns = " ".join(f"a_rather_long_column_{index}={index}" for index in range(30))
    page = open_notebook(f"t = table\nadd t {columns}\nt")
    page.run_all()
    page.wait_for_prompts(1)
    page.wait(lambda: page.inside(".jp-OutputArea-output table"), "the table")
    widths = page.script("""
      const area = document.querySelector(`${arguments[0]} .jp-OutputArea-output`);
      return [area.scrollWidth, area.clientWidth, getComputedStyle(area).overflowX, innerWidth];""", page.panel)
    assert widths[0] > widths[1] and widths[2] == "auto" and widths[1] < widths[3]


def test_a_file_of_commands_is_coloured(lab_page):
    (lab_page.server.folder / "file.contrast").write_text("# a comment\nshow x\n")
    lab_page.script("jupyterapp.commands.execute('docmanager:open', {path: 'file.contrast'})")
    lab_page.panel = ".jp-FileEditor:not(.lm-mod-hidden)"
    try:
        lab_page.wait(lambda: lab_page.inside(".cm-content[data-language='contrast']"), "the editor")
        theme = theme_colours(lab_page)
        wanted = [theme["comment"], theme["keyword"]]
        lab_page.wait(lambda: [line[0][1] for line in colours_of(lab_page)[:2]] == wanted, "colours")
    finally:
        lab_page.panel = ".jp-NotebookPanel:not(.lm-mod-hidden)"
    lab_page.picture("a_file_of_commands_is_coloured")


def test_a_map_zooms_and_shows_the_picture_under_the_pointer(open_notebook, driver):
    page = open_notebook("shapes = load shapes train=200 test=40\nplot scatter (pca shapes) interactive=true")
    page.run_all()
    page.wait_for_prompts(1)
    [chart] = page.wait(lambda: page.inside(".vega-embed canvas, .vega-embed svg.marks"), "an interactive map")
    shown = lambda: [image for image in driver.find_elements("css selector", "#vg-tooltip-element.visible img")]  # noqa: E731
    width, height = chart.size["width"], chart.size["height"]

    def swept():
        """A point lies under one of these places: 200 of them fill most of the map."""
        for across in range(1, 30):
            move = ActionChains(driver, duration=0)
            move.move_to_element_with_offset(chart, int(width * (across / 60 - 0.3)), int(height * (across % 7 / 14 - 0.25)))
            move.perform()
            if shown():
                return shown()
        return None

    [image] = page.wait(swept, "the picture of a point")
    assert image.get_attribute("src").startswith("data:image/svg+xml")
    assert image.get_property("naturalWidth") == 96


def set_breakpoint(page, line, cell=0, count=1):
    """Presses the mouse in the gutter beside a line of a cell."""
    page.wait(lambda: page.inside(".cm-breakpoint-gutter"), "the gutter of breakpoints")
    gutter = page.inside(f".jp-Cell:nth-of-type({cell + 1}) .cm-breakpoint-gutter .cm-gutterElement")
    # The first element only keeps the gutter's width.
    ActionChains(page.driver).move_to_element(gutter[line]).click().perform()
    # The mark beside the line comes before the kernel knows of it, the list of the side panel after.
    page.wait(lambda: len(page.all(".jp-DebuggerBreakpoint")) == count, f"{count} breakpoints")


def variables(page):
    """Names and values that the side panel shows."""
    return dict(page.script("""
      return [...document.querySelectorAll('.jp-DebuggerVariables-name')].map(
        name => [name.textContent, name.parentElement.querySelector('.jp-DebuggerVariables-detail')?.textContent])"""))


def step(page, name):
    page.script("jupyterapp.commands.execute('debugger:' + arguments[0])", name)


def test_the_debugger_halts_in_a_loop_and_within_a_step(open_notebook):
    page = open_notebook(
        "total = 0\nfor i in 0..<3 {\n  total = total + i\n}\ntotal",
        "few = load shapes train=20 test=10 size=16\nmodel = simclr (cnn width=4 size=16) head=[8]",
        "s = step model on=few batch=4\ns.loss")
    page.wait(lambda: page.inside(".jp-DebuggerBugButton:not([aria-disabled='true'])"), "the button of the debugger")
    page.enter()
    page.click(f"{page.panel} .jp-DebuggerBugButton")
    page.wait(lambda: page.script("return document.querySelector('.jp-DebuggerSidebar') !== null"), "the side panel")
    set_breakpoint(page, 3)
    page.run_all()
    page.wait(lambda: page.all(".jp-DebuggerCallstackFrame"), "a halt")
    page.wait(lambda: variables(page).get("total") == "0", "the value of total")
    page.wait(lambda: page.inside(".jp-DebuggerEditor-highlight"), "the line to be marked")
    page.picture("debugger_loop")
    step(page, "continue")
    page.wait(lambda: variables(page).get("i") == "1", "the next turn")
    step(page, "continue")
    page.wait(lambda: variables(page).get("i") == "2", "the last turn")
    step(page, "continue")
    page.wait_for_prompts(1, 2, 3)
    set_breakpoint(page, 1, cell=2, count=2)
    page.enter(2)
    page.press(Keys.ENTER, holding=Keys.CONTROL)
    page.wait(lambda: page.all(".jp-DebuggerCallstackFrame"), "a halt before the step")
    step(page, "stepIn")
    page.wait(lambda: "views" in variables(page), "the views")
    for name in ("h", "z"):
        step(page, "next")
        page.wait(lambda: name in variables(page), name)
    assert variables(page)["z"] == "matrix: 8×8, z"
    page.script("jupyterapp.commands.execute('debugger:render-mime-variable', {name: 'views'})")
    page.wait(lambda: page.all(".jp-VariableRendererPanel img"), "the picture of the views")
    page.picture("debugger_step")
    step(page, "continue")
    page.wait_for_prompts(1, 2, 4)
