package luna.sender.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Iterator;
import luna.sender.config.ConfigException;
import luna.sender.config.LoggerSettings;
import org.slf4j.LoggerFactory;

/**
 * Sets up the log of the process; Logback reads no file of its own.
 *
 * <p>Shape: {@link TextLayout} or {@link JsonLayout}, to stdout and to {@code luna-sender.log},
 * which is renamed when it is full; the last three are kept. Vert.x, Netty and those that use
 * {@code java.util.logging} write to the same log. Nobody waits for it (see {@link
 * BoundedAsyncAppender}).
 *
 * <p>Errors: {@link ConfigException} if the file cannot be written.
 *
 * <p>Owner: called by the thread that starts the service; the loggers are thread-safe.
 */
public final class LogSetup {
  private static final String OURS = "luna.sender";
  private static final String FILE = "luna-sender.log";
  private static final int OLD_FILES = 3;

  private LogSetup() {}

  /** Until the configuration is known: warnings and errors, as text, to stderr. */
  public static void configureEarly() {
    // Vert.x takes SLF4J by itself, unless a vertx-default-jul-logging.properties is on the class
    // path.
    String delegate = "vertx.logger-delegate-factory-class-name";
    if (System.getProperty(delegate) == null) {
      System.setProperty(delegate, "io.vertx.core.logging.SLF4JLogDelegateFactory");
    }
    LoggerContext context = fresh();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(console("System.err", text(ZoneId.systemDefault()), context));
  }

  /** For a program that tells of its failures itself. */
  public static void silence() {
    fresh().getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
  }

  public static void configure(LoggerSettings settings) {
    LoggerContext context = fresh();
    context.getLogger(OURS).setLevel(Level.convertAnSLF4JLevel(settings.logLevel()));
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(others(settings));
    silence(context);
    context.addTurboFilter(new LibraryLogFilter());
    JulBridge.install();
    Thread.setDefaultUncaughtExceptionHandler(LogSetup::uncaught);
    if (settings.logToStdout()) {
      root.addAppender(queued(console("System.out", encoder(settings), context), context));
    }
    if (settings.logToFile()) {
      root.addAppender(queued(file(settings, context), context));
    }
  }

  /** Waits until all lines are written, but no longer than that; says whether they are. */
  public static boolean flush(java.time.Duration bound) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    long deadline = System.nanoTime() + bound.toNanos();
    boolean flushed = true;
    Iterator<Appender<ILoggingEvent>> appenders =
        context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders();
    while (appenders.hasNext()) {
      if (appenders.next() instanceof BoundedAsyncAppender queue) {
        flushed &= queue.flush(java.time.Duration.ofNanos(deadline - System.nanoTime()));
      }
    }
    return flushed;
  }

  private static BoundedAsyncAppender queued(
      Appender<ILoggingEvent> target, LoggerContext context) {
    BoundedAsyncAppender queue = new BoundedAsyncAppender(target);
    queue.setName(target.getName());
    queue.setContext(context);
    queue.start();
    return queue;
  }

  /** The JDK writes it to standard error, and the thread waits for whoever reads that. */
  private static void uncaught(Thread thread, Throwable failure) {
    LoggerFactory.getLogger(LogSetup.class)
        .atError()
        .addKeyValue("thread", thread.getName())
        .setCause(failure)
        .log("A thread has ended by a failure");
  }

  /** Words of libraries about what is meant to be so, or is told by us. */
  private static void silence(LoggerContext context) {
    // Each event loop's server asks for the same gauge, and gets the same.
    context.getLogger("io.micrometer.core.instrument.MeterRegistry").setLevel(Level.ERROR);
    // An event may be on its way to a hub whose last client of the account has just left.
    context.getLogger("io.vertx.core.eventbus.impl.MessageConsumerImpl").setLevel(Level.ERROR);
    // A connection that fails while it is set up, with a stack trace for each attempt.
    context.getLogger("io.vertx.redis.client.impl.RedisConnectionManager").setLevel(Level.OFF);
  }

  private static LoggerContext fresh() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    return context;
  }

  /** Libraries are a step quieter than we are. */
  private static Level others(LoggerSettings settings) {
    return switch (settings.logLevel()) {
      case TRACE, DEBUG -> Level.INFO;
      case INFO, WARN -> Level.WARN;
      case ERROR -> Level.ERROR;
    };
  }

  private static Encoder<ILoggingEvent> encoder(LoggerSettings settings) {
    return switch (settings.logFormat()) {
      case JSON -> new JsonLayout();
      case TEXT ->
          text(
              settings.logTime() == LoggerSettings.Time.UTC
                  ? ZoneOffset.UTC
                  : ZoneId.systemDefault());
    };
  }

  private static Encoder<ILoggingEvent> text(ZoneId zone) {
    TextLayout layout = new TextLayout(zone);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(layout);
    return encoder;
  }

  private static ConsoleAppender<ILoggingEvent> console(
      String target, Encoder<ILoggingEvent> encoder, LoggerContext context) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setTarget(target);
    start(appender, target, encoder, context);
    return appender;
  }

  private static RollingFileAppender<ILoggingEvent> file(
      LoggerSettings settings, LoggerContext context) {
    Path path = Path.of(settings.folderWithLogs(), FILE);
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setFile(path.toString());

    FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
    window.setContext(context);
    window.setParent(appender);
    window.setFileNamePattern(path.resolveSibling("luna-sender.%i.log").toString());
    window.setMinIndex(1);
    window.setMaxIndex(OLD_FILES);
    window.start();
    appender.setRollingPolicy(window);

    SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
    size.setContext(context);
    size.setMaxFileSize(new FileSize(settings.maxLogFileSizeMib() * FileSize.MB_COEFFICIENT));
    size.setCheckIncrement(Duration.buildByMilliseconds(0)); // by default it looks once a minute
    size.start();
    appender.setTriggeringPolicy(size);

    start(appender, FILE, encoder(settings), context);
    if (!appender.isStarted()) {
      throw new ConfigException(
          "LUNA_SENDER_LOGGER.FOLDER_WITH_LOGS: "
              + settings.folderWithLogs()
              + " (expected: a folder that can be written to)");
    }
    return appender;
  }

  private static void start(
      OutputStreamAppender<ILoggingEvent> appender,
      String name,
      Encoder<ILoggingEvent> encoder,
      LoggerContext context) {
    encoder.setContext(context);
    encoder.start();
    appender.setName(name);
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
  }
}
