package luna.sender.cli.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import luna.sender.Sender;
import luna.sender.cli.command.BackgroundOutput;
import luna.sender.cli.command.ConfigOption;
import luna.sender.cli.command.DevelopmentCommand;
import luna.sender.cli.command.ProcessExit;
import luna.sender.config.AuthSettings;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.config.TlsSettings;
import luna.sender.log.LogSetup;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs everything on one machine: a real Redis, the service, a publisher of made-up events, and a
 * client that prints the events it receives.
 *
 * <p>Shape: events take the same path as in production: PUBLISH to Redis, and from there to the
 * service.
 *
 * <p>Errors: one line and exit code 1 if the port is in use; nothing is left running.
 */
@Command(
    name = "demo",
    header = "Runs a Redis, the service and a publisher of made-up events.",
    description = "Needs no other services, and leaves nothing behind.",
    mixinStandardHelpOptions = true,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "1:Startup failed; the reason is printed.",
      "2:Invalid command line.",
      "130:Stopped by Ctrl-C."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  luna-sender demo",
      "  LUNA_SENDER_HTTP_SETTINGS__PORT=8080 luna-sender demo --quiet"
    })
public final class DemoCommand extends ConfigOption
    implements Callable<Integer>, DevelopmentCommand {
  private static final int MAX_PORT = 65_535;
  private static final int POLL_MILLIS = 10;
  private static final String BLOCKED_THREADS = "io.vertx.core.internal.threadchecker";
  private static final String REDIS = "REDIS_DB_ADDRESS__";
  private static final String FILTER = "gender=1";

  /** A stalled reader, such as {@code less}, must not stop the events. */
  private final BackgroundOutput screen =
      new BackgroundOutput(new FileOutputStream(FileDescriptor.out), "screen");

  /** Defaults of the demo. The user's file and environment override them. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          // The demo requires no token, so it accepts only local connections.
          "LUNA_SENDER_HTTP_SETTINGS__HOST",
          "127.0.0.1",
          "LUNA_SENDER_HTTP_SETTINGS__CONSOLE_ACCOUNT",
          DemoEvents.FIRST_ACCOUNT,
          // A client gets events of before it connected, too.
          "LUNA_SENDER_HISTORY__MODE",
          "redis",
          // Keep the screen for the events.
          "LUNA_SENDER_LOGGER__LOG_LEVEL",
          "WARN",
          // The events are made up, so they contain no personal data.
          "LUNA_SENDER_WS_SETTINGS__KEPT_EVENTS",
          "500");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--redis-port",
      paramLabel = "PORT",
      description = "Port of the Redis (default: a free port, which is printed).")
  private int redisPort;

  @Option(names = "--quiet", description = "Prints no events, only the commands to subscribe.")
  private boolean quiet;

  @Override
  public Integer call() throws Exception {
    if (redisPort < 0 || redisPort > MAX_PORT) {
      throw new ParameterException(
          spec.commandLine(), "--redis-port: " + redisPort + " (expected: 1.." + MAX_PORT + ")");
    }
    EmbeddedRedis redis = EmbeddedRedis.start(redisPort);
    try {
      start(redis, new PrintStream(screen, true, Charset.defaultCharset()));
      return 0;
    } catch (Exception failure) {
      redis.close();
      throw failure;
    } finally {
      screen.drain(ProcessExit.FLUSH);
    }
  }

  private void start(EmbeddedRedis redis, PrintStream out) throws Exception {
    Config config = config(redis);
    LogSetup.configure(config.logger());
    // The service limits its log lines, but on a slow machine a stack trace every 10 s would
    // still clutter the events.
    ((Logger) LoggerFactory.getLogger(BLOCKED_THREADS)).setLevel(Level.OFF);
    Sender sender = ProcessExit.await(Sender.start(config), Duration.ofMinutes(1));
    Vertx vertx = Vertx.vertx();
    DemoPublisher publisher =
        new DemoPublisher(
            vertx,
            "redis://127.0.0.1:" + redis.port(),
            config.redis().channelPrefix(),
            DemoPublisher.INTERVAL);
    ProcessExit.atExit(
        config.http().shutdownTimeout().plusSeconds(3),
        sender::stop,
        publisher::stop,
        vertx::close,
        () -> {
          redis.close();
          return Future.succeededFuture();
        });
    ProcessExit.await(publisher.start(), Duration.ofSeconds(10));
    // The commands in the greeting would get a 503 before.
    ProcessExit.await(ready(sender, vertx), Duration.ofMinutes(1));
    TlsSettings tls = config.http().tls();
    boolean needsToken = config.auth().mode() != AuthSettings.Mode.NONE;
    String token = needsToken ? DemoToken.of(config.auth(), DemoEvents.FIRST_ACCOUNT) : null;
    out.println(greeting(config, sender.port(), redis.port(), token));
    if (needsToken && token == null) {
      out.println("No events are printed here: only the issuer of the keys can create a token.");
      return;
    }
    // The watcher has no client certificate.
    if (!quiet && (!tls.enabled() || tls.clientAuth() != TlsSettings.ClientAuth.REQUIRED)) {
      ProcessExit.await(
          new DemoWatcher(vertx, out, tls.enabled())
              .watch(sender.port(), "/2/ws?" + FILTER, DemoEvents.FIRST_ACCOUNT, token),
          Duration.ofSeconds(10));
    }
  }

  /** Succeeds when the service is connected to Redis. */
  private static Future<?> ready(Sender sender, Vertx vertx) {
    return sender.isReady()
        ? Future.succeededFuture()
        : vertx.timer(POLL_MILLIS, TimeUnit.MILLISECONDS).compose(due -> ready(sender, vertx));
  }

  /** Returns the user's configuration, with the demo's Redis. */
  private Config config(EmbeddedRedis redis) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.keySet().removeIf(name -> name.startsWith(REDIS));
    if (file() == null) {
      DemoToken.complete(environment, UUID.randomUUID().toString());
    }
    environment.put(REDIS + "HOST", "127.0.0.1");
    environment.put(REDIS + "PORT", Integer.toString(redis.port()));
    // It is ready, but while a JVM starts on a busy machine, its answers may be read late.
    environment.put(REDIS + "CONNECT_TIMEOUT", "10");
    environment.put(REDIS + "USER", "");
    environment.put(REDIS + "PASSWORD", "");
    environment.put(REDIS + "PASSWORD_FILE", "");
    environment.put(REDIS + "USE_SSL", "0");
    environment.put(REDIS + "SENTINEL__MASTER_NAME", "");
    environment.put(REDIS + "CLUSTER__NODES", "");
    environment.put(REDIS + "CLUSTER__SHARDED", "0");
    Config config = ConfigLoader.load(file(), environment, DEFAULTS);
    if (!config.http().isLoopback()) {
      return config;
    }
    // Nobody else can publish.
    Map<String, String> defaults = new HashMap<>(DEFAULTS);
    defaults.put("LUNA_SENDER_HTTP_SETTINGS__CONSOLE_PUBLISH", "1");
    return ConfigLoader.load(file(), environment, defaults);
  }

  /**
   * Returns the greeting. All commands in it work as printed, with a token if the service requires
   * one.
   */
  private static String greeting(Config config, int port, int redisPort, @Nullable String token) {
    String secure = config.http().tls().enabled() ? "s" : "";
    String address = "127.0.0.1:" + port;
    String header = token == null ? "" : " -H \"Authorization: Bearer " + token + "\"";
    String page =
        config.http().console()
            ? " To watch, open http%s://%s/?account_id=%s"
                .formatted(secure, address, DemoEvents.FIRST_ACCOUNT)
            : "";
    String tokenLine =
        token == null ? "" : "\n  A token for the account, valid for one day:\n    " + token + "\n";
    return """

        Luna Sender listens on %1$s, with a Redis of its own on port %7$d and made-up events. Ctrl-C ends it.%6$s

          The API reference:             http%5$s://%2$s/docs/spec
          The manual:                    http%5$s://%2$s/docs/dev/index.html
        %9$s
          Subscribe to the men of the first account (needs Node.js):
            npx -y wscat%8$s -H "Luna-Account-Id: %3$s" -c "ws%5$s://%2$s/2/ws?%4$s"
          The same as Server-Sent Events:
            curl -N%8$s -H "Accept: text/event-stream" -H "Luna-Account-Id: %3$s" "http%5$s://%2$s/2/events?%4$s"
          The same as WebSocket frames:
            curl -sN%8$s -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" \
        -H "Sec-WebSocket-Key: bHVuYS1zZW5kZXItZGVtbw==" -H "Luna-Account-Id: %3$s" --output - \
        "http%5$s://%2$s/2/ws?%4$s"
          Publish an event:
            echo '{"event_id":"%10$s","source":"my camera","face_attributes":{"basic_attributes":{"gender":1,"age":42}}}' | \
        %11$s publish --account %3$s --redis redis://127.0.0.1:%7$d
        """
        .formatted(
            config.http().host() + ":" + port,
            address,
            DemoEvents.FIRST_ACCOUNT,
            FILTER,
            secure,
            page,
            redisPort,
            header,
            tokenLine,
            UUID.randomUUID(),
            program());
  }

  /** Returns the command that started this program, to print its other commands. */
  private static String program() {
    String jar = System.getProperty("java.class.path", "");
    return jar.endsWith(".jar") && !jar.contains(File.pathSeparator)
        ? "java -jar " + jar
        : "luna-sender";
  }
}
