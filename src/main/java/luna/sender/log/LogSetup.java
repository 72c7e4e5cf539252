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
 * Configures the log of the process. Logback reads no configuration file.
 *
 * <p>Shape: {@link TextLayout} or {@link JsonLayout}, to stdout and to {@code luna-sender.log},
 * which is rotated when it is full; three old files are kept. Vert.x, Netty and libraries that use
 * {@code java.util.logging} write to the same log. No caller waits for it (see {@link
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

  /**
   * Configures the log until the configuration is loaded: warnings and errors as text to stderr.
   */
  public static void configureEarly() {
    // Vert.x finds SLF4J by itself, unless a vertx-default-jul-logging.properties is on the class
    // path.
    String delegate = "vertx.logger-delegate-factory-class-name";
    if (System.getProperty(delegate) == null) {
      System.setProperty(delegate, "io.vertx.core.logging.SLF4JLogDelegateFactory");
    }
    LoggerContext context = resetContext();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(console("System.err", text(ZoneId.systemDefault()), context));
  }

  /** Turns the log off, for a command that reports its failures itself. */
  public static void silence() {
    resetContext().getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
  }

  public static void configure(LoggerSettings settings) {
    LoggerContext context = resetContext();
    context.getLogger(OURS).setLevel(Level.convertAnSLF4JLevel(settings.logLevel()));
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(libraryLevel(settings));
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

  /** Waits until all lines are written, at most for {@code timeout}. Returns whether they are. */
  public static boolean flush(java.time.Duration timeout) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    long deadline = System.nanoTime() + timeout.toNanos();
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

  /**
   * Logs an uncaught exception. The JDK would write it to standard error, and block if nobody reads
   * it.
   */
  private static void uncaught(Thread thread, Throwable failure) {
    LoggerFactory.getLogger(LogSetup.class)
        .atError()
        .addKeyValue("thread", thread.getName())
        .setCause(failure)
        .log("Thread ended by an uncaught exception");
  }

  /**
   * Turns off messages of libraries that report intended behaviour, or that this service logs
   * itself.
   */
  private static void silence(LoggerContext context) {
    // Each event loop's server registers the same gauge again.
    context.getLogger("io.micrometer.core.instrument.MeterRegistry").setLevel(Level.ERROR);
    // An event may arrive at a hub whose last client of the account has just disconnected.
    context.getLogger("io.vertx.core.eventbus.impl.MessageConsumerImpl").setLevel(Level.ERROR);
    // A stack trace for each connection that fails during its setup.
    context.getLogger("io.vertx.redis.client.impl.RedisConnectionManager").setLevel(Level.OFF);
  }

  private static LoggerContext resetContext() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    return context;
  }

  /** Returns the level of libraries, which is one step higher than that of this service. */
  private static Level libraryLevel(LoggerSettings settings) {
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
    size.setCheckIncrement(Duration.buildByMilliseconds(0)); // the default is once a minute
    size.start();
    appender.setTriggeringPolicy(size);

    start(appender, FILE, encoder(settings), context);
    if (!appender.isStarted()) {
      throw new ConfigException(
          "LUNA_SENDER_LOGGER.FOLDER_WITH_LOGS: "
              + settings.folderWithLogs()
              + " (expected: a writable folder)");
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
