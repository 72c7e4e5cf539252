package luna.sender.log;

import static luna.sender.testing.Waiting.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.Promise;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import luna.sender.config.ConfigException;
import luna.sender.config.LoggerSettings;
import luna.sender.config.LoggerSettings.Format;
import luna.sender.config.LoggerSettings.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

class LogSetupTest {
  private static final String HARMFUL = "a\r\nb\u001b[31mc\u2028d\u0085e\u202ef\u0000g\tö";
  private static final String HARMLESS = "a\\r\\nb\\u001b[31mc\\u2028d\\u0085e\\u202ef\\u0000g\\tö";

  private final Logger log = LoggerFactory.getLogger("luna.sender.bridge");
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();

  @TempDir Path folder;

  @BeforeEach
  void capture() {
    System.setOut(new PrintStream(stdout, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(stderr, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void release() {
    System.setOut(out);
    System.setErr(err);
    LogSetup.configureEarly(); // closes the file, and later tests do not write to stdout
  }

  @Test
  void textLineHasTimeLevelLoggerMessageAndKeyValues() {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));

    log.atInfo()
        .addKeyValue("host", "127.0.0.1")
        .addKeyValue("attempt", 3)
        .addKeyValue("reason", "it said \"no\"")
        .addKeyValue("user", "")
        .addKeyValue("gap", (Object) null)
        .log("connected to {}", "Redis");

    assertThat(printed())
        .matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} [^\n]+\n")
        .endsWith(
            " INFO  [luna.sender.bridge] connected to Redis host=127.0.0.1 attempt=3"
                + " reason=\"it said \\\"no\\\"\" user=\"\" gap=null\n");
  }

  @Test
  void messageAndKeyValuesCannotBreakLinesOrControlATerminal() {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));

    log.atWarn().addKeyValue(HARMFUL, HARMFUL).log("x {}", HARMFUL);

    assertThat(printed())
        .endsWith("] x " + HARMLESS + " " + HARMLESS + "=" + HARMLESS + "\n")
        .hasLineCount(1);
  }

  @Test
  void stackTraceIsCompleteAndItsMessagesAreEscaped() {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));
    Exception cause = new IllegalArgumentException("inner\nERROR forged");
    Exception thrown = new IllegalStateException("outer\r\nERROR forged", cause);
    thrown.addSuppressed(new IOException("late\nERROR forged"));

    log.error("failed", thrown);

    List<String> lines = printed().lines().toList();
    assertThat(lines)
        .contains(
            "java.lang.IllegalStateException: outer\\r\\nERROR forged",
            "Caused by: java.lang.IllegalArgumentException: inner\\nERROR forged",
            "\tSuppressed: java.io.IOException: late\\nERROR forged")
        .anyMatch(line -> line.startsWith("\tat luna.sender.log.LogSetupTest.stackTrace"))
        .noneMatch(line -> line.startsWith("ERROR"));
  }

  @Test
  void circularCausesEnd() {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));
    Exception first = new IllegalStateException("first");
    first.initCause(new IllegalStateException("second", first));

    log.error("failed", first);

    assertThat(printed())
        .contains("Caused by: java.lang.IllegalStateException: first (shown above)\n");
  }

  @Test
  void jsonLineIsOneObjectWithKeyValues() throws IOException {
    LogSetup.configure(settings(Level.INFO, Format.JSON));

    log.atWarn()
        .addKeyValue("host", HARMFUL)
        .setCause(new IOException(HARMFUL))
        .log("lost {}", HARMFUL);

    String line = printed();
    assertThat(line).endsWith("}\n");
    assertThat(line.stripTrailing().codePoints()).noneMatch(Character::isISOControl);
    assertThat(line).doesNotContain("\u2028", "\u202e");
    JsonNode event = new ObjectMapper().readTree(line);
    assertThat(event.path("timestamp").isIntegralNumber()).isTrue();
    assertThat(event.path("level").textValue()).isEqualTo("WARN");
    assertThat(event.path("loggerName").textValue()).isEqualTo("luna.sender.bridge");
    assertThat(event.path("formattedMessage").textValue()).isEqualTo("lost " + HARMFUL);
    assertThat(event.at("/kvpList/0/host").textValue()).isEqualTo(HARMFUL);
    assertThat(event.at("/throwable/message").textValue()).isEqualTo(HARMFUL);
  }

  @Test
  void levelAppliesToTheServiceAndLibrariesLogLess() {
    for (Level level : Level.values()) {
      LogSetup.configure(settings(level, Format.TEXT));

      assertThat(log.isEnabledForLevel(level)).isTrue();
      assertThat(log.isDebugEnabled()).isEqualTo(level.compareTo(Level.DEBUG) >= 0);
      Logger library = LoggerFactory.getLogger("io.vertx.core");
      assertThat(library.isInfoEnabled()).isEqualTo(level.compareTo(Level.DEBUG) >= 0);
      assertThat(library.isWarnEnabled()).isEqualTo(level != Level.ERROR);
      assertThat(library.isDebugEnabled()).isFalse();
    }
  }

  @Test
  void timeIsInTheConfiguredZone() {
    TimeZone zone = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("GMT+09:00"));
    try {
      for (Time time : Time.values()) {
        LogSetup.configure(new LoggerSettings(Level.INFO, time, Format.TEXT, true, false, "./", 1));
        log.info("now");
      }
    } finally {
      TimeZone.setDefault(zone);
    }

    List<LocalDateTime> times =
        printed()
            .lines()
            .map(line -> LocalDateTime.parse(line.substring(0, 23).replace(' ', 'T')))
            .toList();
    Duration ahead = Duration.between(times.get(1), times.get(0)); // LOCAL comes first.
    assertThat(ahead).isCloseTo(Duration.ofHours(9), Duration.ofMinutes(1));
  }

  @Test
  void fileIsRotatedAndTheLastFilesAreKept() throws IOException {
    Path logs = folder.resolve("a (b)/logs");
    LogSetup.configure(
        new LoggerSettings(Level.INFO, Time.LOCAL, Format.TEXT, false, true, logs.toString(), 1));
    String megabyte = "x".repeat(1 << 20);

    for (int i = 0; i < 8; i++) {
      log.info("{} {}", i, megabyte);
      assertThat(LogSetup.flush(PATIENCE)).isTrue();
    }
    log.info("last");
    assertThat(LogSetup.flush(PATIENCE)).isTrue();

    try (var files = Files.list(logs)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "luna-sender.log", "luna-sender.1.log", "luna-sender.2.log", "luna-sender.3.log");
    }
    assertThat(Files.readString(logs.resolve("luna-sender.log"))).endsWith("] last\n");
    assertThat(printed()).isEmpty();
  }

  @Test
  void unwritableFolderIsRejected() throws IOException {
    String file = Files.writeString(folder.resolve("file"), "").toString();
    LoggerSettings settings =
        new LoggerSettings(Level.INFO, Time.LOCAL, Format.TEXT, true, true, file, 1);

    assertThatThrownBy(() -> LogSetup.configure(settings))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "LUNA_SENDER_LOGGER.FOLDER_WITH_LOGS: " + file + " (expected: a writable folder)");
  }

  @Test
  void earlyWarningsAreWrittenToStderr() {
    LogSetup.configureEarly();

    log.info("quiet");
    log.warn("loud");

    assertThat(printed()).isEmpty();
    assertThat(stderr.toString(StandardCharsets.UTF_8))
        .endsWith(" WARN  [luna.sender.bridge] loud\n")
        .hasLineCount(1);
  }

  @Test
  void vertxAndNettyWriteToTheSameLog() {
    LogSetup.configureEarly();
    LogSetup.configure(settings(Level.INFO, Format.TEXT));

    io.vertx.core.internal.logging.LoggerFactory.getLogger("io.vertx.core").warn("of Vert.x");
    InternalLoggerFactory.getInstance("io.netty").warn("of Netty");

    assertThat(printed())
        .contains(" WARN  [io.vertx.core] of Vert.x\n", " WARN  [io.netty] of Netty\n");
  }

  /** Netty retries each second, with a stack trace each time. */
  @Test
  void missingFileDescriptorsAreLoggedWithoutStackTraces() {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));
    Throwable failure = new IOException("accept(..) failed with error(-24): Too many open files");

    for (int i = 0; i < 1000; i++) {
      InternalLoggerFactory.getInstance("io.netty.channel.DefaultChannelPipeline")
          .warn("An exceptionCaught() event was fired", failure);
    }

    assertThat(printed()).contains("No file descriptor left for a connection").hasLineCount(1);
    InternalLoggerFactory.getInstance("io.netty.channel.DefaultChannelPipeline")
        .warn("An exceptionCaught() event was fired", new IOException("another"));
    assertThat(printed()).contains("IOException: another");
  }

  @Test
  void connectionThatIsAcceptedWhileTheServerClosesIsNotLogged() {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));
    InternalLogger netty = InternalLoggerFactory.getInstance(ServerBootstrap.class);

    netty.warn(
        "Failed to register an accepted channel: {}", "a channel", new IllegalStateException());
    assertThat(printed()).isEmpty();
    netty.warn(
        "Failed to register an accepted channel: {}", "a channel", new IOException("another"));
    assertThat(printed()).contains("IOException: another");
  }

  @Test
  void clientThatIsClosedAfterTheEventLoopsEndedIsNotLogged() {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));
    DefaultEventExecutor loop = new DefaultEventExecutor();
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
    Promise<Void> closed = new DefaultPromise<>(loop);
    closed.setSuccess(null);

    closed.addListener(done -> {});

    assertThat(printed()).isEmpty();
  }

  @Test
  void repeatedWarningOfALibraryIsLoggedOnce() {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));
    org.slf4j.Logger library = LoggerFactory.getLogger("io.vertx.core.net");

    for (int i = 0; i < 1000; i++) {
      library.warn("Thread loop-" + i + " has been blocked for " + i + " ms", new IOException("x"));
    }
    library.warn("Another text");
    library.info("Quiet");

    assertThat(printed().lines().filter(line -> line.contains("io.vertx.core.net"))).hasSize(2);
  }

  @Test
  void javaUtilLoggingAndUncaughtExceptionsAreLogged() throws Exception {
    LogSetup.configure(settings(Level.INFO, Format.TEXT));

    java.util.logging.Logger.getLogger("a.library").warning("of JUL");
    Thread thread =
        new Thread(
            () -> {
              throw new IllegalStateException("of a thread");
            },
            "failing");
    thread.start();
    thread.join();

    assertThat(printed())
        .contains(" WARN  [a.library] of JUL\n")
        .contains("Thread ended by an uncaught exception thread=failing\n")
        .contains("IllegalStateException: of a thread\n");
    assertThat(stderr.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void logbackLogsNothingAboutItself() {
    LogSetup.configureEarly();
    LogSetup.configure(settings(Level.INFO, Format.JSON));

    assertThat(printed()).isEmpty();
    assertThat(stderr.toString(StandardCharsets.UTF_8)).isEmpty();
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    assertThat(context.getStatusManager().getCopyOfStatusListenerList()).isEmpty();
  }

  /** Returns all that was written to standard output so far. */
  private String printed() {
    assertThat(LogSetup.flush(PATIENCE)).isTrue();
    return stdout.toString(StandardCharsets.UTF_8);
  }

  private static LoggerSettings settings(Level level, Format format) {
    return new LoggerSettings(level, Time.LOCAL, format, true, false, "./", 1);
  }
}
