package luna.sender.browser;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.results.Results;
import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * The console, or another page of the service, in a real Chromium.
 *
 * <p>Shape: the parts of the page are found by their {@code data-test}. The browser is the system's,
 * {@code /usr/bin/chromium} with {@code /usr/bin/chromedriver}, or the programs that {@code CHROMIUM}
 * and {@code CHROMEDRIVER} name.
 *
 * <p>Errors: the constructor fails if there is no browser; no test is skipped.
 *
 * <p>Owner: one test thread.
 */
final class Page implements AutoCloseable {
  /** The browser's message for a plain GET after a rejected handshake: its response is an error. */
  private static final String EXPECTED = "Failed to load resource";

  private static final Set<String> GRAVE = Set.of("serious", "critical");

  private final ChromeDriver driver;
  private String root = "";

  Page() {
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingAnyFreePort()
            .usingDriverExecutable(program("CHROMEDRIVER", "/usr/bin/chromedriver").toFile()).build();
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options =
        new ChromeOptions()
            .setBinary(program("CHROMIUM", "/usr/bin/chromium").toFile())
            .addArguments(
                "--headless=new",
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                "--window-size=1440,900");
    options.setAcceptInsecureCerts(true);
    options.setCapability("goog:loggingPrefs", logs);
    driver = new ChromeDriver(service, options);
  }

  private static Path program(String variable, String usual) {
    Path path = Path.of(Objects.requireNonNullElse(System.getenv(variable), usual));
    assertThat(path).as(variable + " (expected: a program; Debian has it)").isExecutable();
    return path;
  }

  /** Opens the console of the service on this port, at {@code /?} and the query. */
  Page open(int port, String query) {
    root = "http://127.0.0.1:" + port + "/";
    driver.get(root + (query.isEmpty() ? "" : "?" + query));
    return this;
  }

  /** The same over TLS, with any certificate. */
  Page openEncrypted(int port, String query) {
    root = "https://127.0.0.1:" + port + "/";
    driver.get(root + "?" + query);
    return this;
  }

  /** Opens another page of the same service. */
  void visit(String path) {
    driver.get(root + path);
  }

  Page awaitLive() {
    until("the page is live", () -> "live".equals(state()));
    return this;
  }

  String state() {
    return String.valueOf(driver.findElement(By.tagName("body")).getDomAttribute("data-state"));
  }

  String url() {
    return String.valueOf(driver.getCurrentUrl());
  }

  /** The part of this name. */
  WebElement part(String name) {
    return driver.findElement(By.cssSelector("[data-test='" + name + "']"));
  }

  List<WebElement> parts(String name) {
    return driver.findElements(By.cssSelector("[data-test='" + name + "']"));
  }

  WebElement find(String css) {
    return driver.findElement(By.cssSelector(css));
  }

  List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  /** Visible texts of all elements, read at once: the page may replace an element at any time. */
  List<String> texts(String css) {
    return run("return [...document.querySelectorAll('" + css + "')].map(e => e.innerText)");
  }

  /** Ids of the events that are shown, the newest first. */
  List<String> shown() {
    return run(
        "return [...document.querySelectorAll('[data-test=card]')].map(c => c.dataset.eventId)");
  }

  /** Presses a toggle of a filter by its code. */
  void toggle(String filter, String code) {
    click(find("[data-filter='" + filter + "'] [data-code='" + code + "']"));
  }

  /** Adds a text to a list of a filter. */
  void add(String filter, String text) {
    part("input-" + filter).sendKeys(text, Keys.ENTER);
  }

  /** Writes a bound of a range. */
  void bound(String parameter, String value) {
    part("input-" + parameter).sendKeys(value);
  }

  void click(WebElement element) {
    driver.executeScript("arguments[0].scrollIntoView({block: 'center'})", element);
    element.click();
  }

  /** Moves the mouse, without touching an element. */
  void point(int x, int y) {
    new Actions(driver).moveToLocation(x, y).perform();
  }

  void pointAt(WebElement element) {
    new Actions(driver).moveToElement(element).perform();
  }

  /** Clicks what is there now. */
  void clickAt(int x, int y) {
    new Actions(driver).moveToLocation(x, y).click().perform();
  }

  /** Presses a key where the focus is. */
  void press(CharSequence key) {
    new Actions(driver).sendKeys(key).perform();
  }

  void select(String name, String value) {
    part(name).findElement(By.cssSelector("option[value='" + value + "']")).click();
  }

  /** Lets the page use a feature for which a browser asks the user. */
  void grant(String permission) {
    driver.executeCdpCommand(
        "Browser.grantPermissions", Map.of("permissions", List.of(permission), "origin", origin()));
  }

  /** Puts a text into the clipboard. */
  void copy(String text) {
    driver.executeAsyncScript(
        "navigator.clipboard.writeText(arguments[0]).then(arguments[1], arguments[1])", text);
  }

  void downloadTo(Path folder) {
    driver.executeCdpCommand(
        "Browser.setDownloadBehavior",
        Map.of("behavior", "allow", "downloadPath", folder.toString()));
  }

  private String origin() {
    return root.substring(0, root.length() - 1);
  }

  /** Counts the tasks of the main thread that take 50 ms or more, from now on. */
  void countLongTasks() {
    run(
        """
        window.longTasks = [];
        new PerformanceObserver(list =>
            list.getEntries().forEach(entry => window.longTasks.push(entry.duration)))
            .observe({type: 'longtask'});""");
  }

  /** Durations in milliseconds. */
  List<Double> longTasks() {
    List<Number> tasks = run("return window.longTasks");
    return tasks.stream().map(Number::doubleValue).toList();
  }

  /** How much CPU time the main thread has used, which other processes do not change. */
  double busySeconds() {
    driver.executeCdpCommand("Performance.enable", Map.of("timeDomain", "threadTicks"));
    @SuppressWarnings("unchecked") // As in the documentation of the protocol.
    List<Map<String, Object>> metrics =
        (List<Map<String, Object>>)
            driver.executeCdpCommand("Performance.getMetrics", Map.of()).get("metrics");
    return metrics.stream()
        .filter(metric -> "TaskDuration".equals(metric.get("name")))
        .mapToDouble(metric -> ((Number) metric.get("value")).doubleValue())
        .findFirst()
        .orElseThrow();
  }

  @SuppressWarnings("unchecked") // The result of a script has no type.
  <T> T run(String script, Object... arguments) {
    return (T) driver.executeScript(script, arguments);
  }

  void resize(int width, int height) {
    // A window has borders and a minimum width; the emulated screen of the page has neither.
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
  }

  void prefer(String scheme) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** Writes a screenshot to {@code target/screenshots}. */
  void shoot(String name) {
    try {
      Path folder = Files.createDirectories(Path.of("target", "screenshots"));
      Files.write(
          folder.resolve(name + ".png"),
          driver.getScreenshotAs(org.openqa.selenium.OutputType.BYTES));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Asserts that the browser has logged no error and no violation of the content security policy. */
  void assertQuiet() {
    List<String> faults =
        driver.manage().logs().get(LogType.BROWSER).getAll().stream()
            .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
            .map(LogEntry::getMessage)
            .filter(message -> !message.contains(EXPECTED) && !message.contains("WebSocket"))
            .toList();
    assertThat(faults).isEmpty();
  }

  /** Asserts that nothing is wider than the screen. */
  void assertFits() {
    List<String> beyond =
        run(
            """
            const {clientWidth, scrollWidth} = document.documentElement;
            return scrollWidth === clientWidth ? [] : [...document.querySelectorAll('body *')]
                .filter(e => e.getBoundingClientRect().right > clientWidth).map(e => e.outerHTML)""");
    assertThat(beyond).as("wider than the screen").isEmpty();
  }

  /** Asserts that the page has no serious accessibility fault. */
  void assertAccessible(String when) {
    assertNoFault(when, rule -> GRAVE.contains(rule.getImpact()));
  }

  /** Asserts that the page has no accessibility fault at all. */
  void assertFaultless(String when) {
    assertNoFault(when, rule -> true);
  }

  private void assertNoFault(String when, Predicate<Rule> counts) {
    Results results = new AxeBuilder().analyze(driver);
    var faults = results.getViolations().stream().filter(counts).map(Page::describe).toList();
    assertThat(faults).as(when).isEmpty();
    assertThat(results.getPasses()).as("axe looked at the page").isNotEmpty();
  }

  private static String describe(Rule rule) {
    return rule.getId()
        + ": "
        + rule.getHelp()
        + rule.getNodes().stream().map(node -> "\n  " + node.getHtml()).toList();
  }

  @Override
  public void close() {
    driver.quit();
  }
}
