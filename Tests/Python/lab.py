"""JupyterLab and Chromium for the tests in test_browser.py: a server of its own, and what a person does in its pages."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request

import nbformat
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

NAME = os.environ.get("CONTRAST_KERNEL", "contrast")
PICTURES = pathlib.Path(__file__).resolve().parents[2] / "build" / "browser"
# Seconds: far above what a page takes on a machine that is busy with other things.
PATIENCE = 90


def missing():
    """Why no page can be opened; empty where one can."""
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        return "Chromium is missing: apt-get install chromium chromium-driver"
    if not shutil.which("chromedriver"):
        return "chromedriver is missing: apt-get install chromium-driver"
    return ""


class Server:
    """A Jupyter server in a folder of its own that knows nothing of the user's settings."""

    def __init__(self, folder):
        self.folder = folder / "notebooks"
        self.folder.mkdir()
        self.runtime = folder / "runtime"
        settings = folder / "settings"
        quiet = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
        quiet.parent.mkdir(parents=True)
        quiet.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
        environment = {
            **os.environ, "JUPYTER_RUNTIME_DIR": str(self.runtime), "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        }
        self.log = open(folder / "server.log", "w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
             f"--ServerApp.root_dir={self.folder}", "--IdentityProvider.token=", "--ServerApp.password=",
             "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True",
             "--ServerApp.disable_check_xsrf=True"],
            env=environment, stdout=self.log, stderr=self.log)
        self.address = self.wait_for_address()

    def wait_for_address(self):
        end = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            for path in self.runtime.glob("jpserver-*.json"):
                try:
                    address = json.loads(path.read_text())["url"]
                    urllib.request.urlopen(address + "api/status", timeout=5).close()
                    return address
                except (OSError, ValueError):
                    pass  # Not yet written, or not yet listening.
            time.sleep(0.1)
        self.stop()
        self.log.seek(0)
        raise RuntimeError("the Jupyter server did not start:\n" + self.log.read()[-2000:])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def write(self, name, *cells):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": NAME, "display_name": "Contrast", "language": "contrast"}})
        nbformat.write(notebook, self.folder / name)

    def read(self, name):
        return nbformat.read(self.folder / name, as_version=4)


def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1000",
                     "--force-device-scale-factor=1", "--lang=en"):
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome")
    options.set_capability("goog:loggingPrefs", {"browser": "WARNING"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


class Page:
    """What a person sees and does in the notebook that is open in the browser."""

    def __init__(self, driver, server):
        self.driver = driver
        self.server = server
        self.panel = ".jp-NotebookPanel:not(.lm-mod-hidden)"

    # Looking

    def wait(self, condition, what, patience=PATIENCE):
        """The first true value of the condition; elements that vanish while it looks are no error."""
        last = []

        def look(_):
            last[:] = [condition()]
            return last[0]

        try:
            return WebDriverWait(self.driver, patience, poll_frequency=0.05,
                                 ignored_exceptions=[StaleElementReferenceException]).until(look)
        except Exception as error:
            self.picture("failed")
            raise AssertionError(f"waited {patience} s for {what}; last seen: {last}") from error

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def inside(self, selector):
        """Elements of the visible notebook."""
        return self.all(", ".join(f"{self.panel} {part}" for part in selector.split(", ")))

    def texts(self, selector):
        """The texts of elements of the visible notebook, read at one moment."""
        return self.script("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)",
                           f"{self.panel} {selector}")

    def script(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def picture(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(PICTURES / f"{name}.png"))

    # Doing

    def open_lab(self):
        self.driver.get(self.server.address + "lab?reset")
        self.wait(lambda: self.script("return window.jupyterapp?.shell.isEmpty('main') === false"), "JupyterLab")

    def open(self, name):
        """Opens a notebook of the server's folder, as a double click on it does, and waits for its kernel."""
        if not self.script("return window.jupyterapp?.name === 'JupyterLab'"):
            self.open_lab()
        self.script("jupyterapp.commands.execute('docmanager:open', {path: arguments[0], factory: 'Notebook'})", name)
        self.wait(lambda: self.script(
            "return jupyterapp.shell.currentWidget?.context?.path === arguments[0]", name), f"{name} to open")
        self.wait_for_kernel()

    def leave(self):
        """JupyterLab keeps its tabs: opening the next costs nothing."""

    def wait_for_kernel(self):
        self.wait(lambda: self.inside(".cm-content[data-language='contrast']"), "the language of the kernel")
        self.wait_for_idle()

    def wait_for_idle(self):
        self.wait(lambda: self.inside("[data-status='idle']"), "an idle kernel")

    def press(self, *keys, holding=None):
        actions = ActionChains(self.driver)
        if holding:
            actions.key_down(holding)
        actions.send_keys(*keys)
        if holding:
            actions.key_up(holding)
        actions.perform()

    def click(self, selector):
        self.wait(lambda: any(self.clicked(element) for element in self.all(selector)), f"a click on {selector}")

    def clicked(self, element):
        if not element.is_displayed():
            return False
        element.click()
        return True

    def enter(self, cell=0):
        """Puts the cursor at the end of a cell."""
        self.click(f"{self.panel} .jp-Cell:nth-of-type({cell + 1}) .cm-content")
        self.press(Keys.END, holding=Keys.CONTROL)

    def tool(self, name):
        """Presses a button of the notebook's toolbar."""
        self.click(f"{self.panel} [data-jp-item-name='{name}'] jp-button")

    def run_all(self):
        self.script("jupyterapp.commands.execute('notebook:run-all-cells')")

    def wait_for_prompts(self, *counts):
        """Waits until the cells carry these numbers and the kernel rests."""
        wanted = [f"[{count}]:" for count in counts]
        self.wait(lambda: self.texts(".jp-InputPrompt")[:len(wanted)] == wanted, f"cells numbered {wanted}")
        self.wait_for_idle()


class NotebookPage(Page):
    """Notebook 7, which gives each notebook a window of its own."""

    def __init__(self, driver, server):
        super().__init__(driver, server)
        self.before = driver.current_window_handle

    def open(self, name):
        self.driver.switch_to.new_window("tab")
        self.driver.get(f"{self.server.address}notebooks/{name}")
        self.wait(lambda: self.script("return window.jupyterapp?.name === 'Jupyter Notebook'"), "Notebook 7")
        self.wait_for_kernel()

    def leave(self):
        if self.driver.current_window_handle != self.before:
            self.driver.close()
            self.driver.switch_to.window(self.before)
