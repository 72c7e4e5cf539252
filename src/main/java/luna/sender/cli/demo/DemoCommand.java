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
 * Everything on one machine: a real Redis, the service, a publisher of made-up events, and a client
 * whose events appear on the screen.
 *
 * <p>Shape: events take the real way, PUBLISH to Redis and from there to the service.
 *
 * <p>Errors: one line and exit code 1 if the port is taken; nothing is left running.
 */
@Command(
    name = "demo",
    header = "Runs a Redis, the service and a publisher of made-up events.",
    description = "It needs nothing else, and leaves nothing behind.",
    mixinStandardHelpOptions = true,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "1:It could not start; a line says why.",
      "2:The command line is wrong.",
      "130:Ctrl-C, which is how it ends."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  luna-sender demo",
      "  LUNA_SENDER_HTTP_SETTINGS__PORT=8080 luna-sender demo --quiet"
    })
public final class DemoCommand extends ConfigOption
    implements Callable<Integer>, DevelopmentCommand {
  private static final int MAX_PORT = 65_535;
  private static final String BLOCKED_THREADS = "io.vertx.core.internal.threadchecker";
  private static final String REDIS = "REDIS_DB_ADDRESS__";
  private static final String FILTER = "gender=1";

  /** A reader that stalls, such as {@code less}, must not stop the events. */
  private final BackgroundOutput screen =
      new BackgroundOutput(new FileOutputStream(FileDescriptor.out), "screen");

  /** What a user's file or environment says wins over these. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          // Nobody is asked for a token, so nobody else on the network is let in.
          "LUNA_SENDER_HTTP_SETTINGS__HOST",
          "127.0.0.1",
          "LUNA_SENDER_HTTP_SETTINGS__CONSOLE_ACCOUNT",
          DemoEvents.FIRST_ACCOUNT,
          // The screen is for the events.
          "LUNA_SENDER_LOGGER__LOG_LEVEL",
          "WARN",
          // The events are made up: nobody's data.
          "LUNA_SENDER_WS_SETTINGS__KEPT_EVENTS",
          "500");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--redis-port",
      paramLabel = "PORT",
      description = "The port of its Redis (default: a free one, which is printed).")
  private int redisPort;

  @Option(names = "--quiet", description = "Prints no events, only how to get them.")
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
    // The log of the service limits its lines; on a slow machine, a stack trace every 10 s would
    // still stand between the events.
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
    TlsSettings tls = config.http().tls();
    boolean guarded = config.auth().mode() != AuthSettings.Mode.NONE;
    String token = guarded ? DemoToken.of(config.auth(), DemoEvents.FIRST_ACCOUNT) : null;
    out.println(greeting(config, sender.port(), redis.port(), token));
    if (guarded && token == null) {
      out.println("No events are shown here: only the issuer of its keys can make a token.");
      return;
    }
    // The watcher has no certificate for TLS.
    if (!quiet && (!tls.enabled() || tls.clientAuth() != TlsSettings.ClientAuth.REQUIRED)) {
      ProcessExit.await(
          new DemoWatcher(vertx, out, tls.enabled())
              .watch(sender.port(), "/2/ws?" + FILTER, DemoEvents.FIRST_ACCOUNT, token),
          Duration.ofSeconds(10));
    }
  }

  /** The user's configuration, but for the Redis. */
  private Config config(EmbeddedRedis redis) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.keySet().removeIf(name -> name.startsWith(REDIS));
    if (file() == null) {
      DemoToken.complete(environment, UUID.randomUUID().toString());
    }
    environment.put(REDIS + "HOST", "127.0.0.1");
    environment.put(REDIS + "PORT", Integer.toString(redis.port()));
    environment.put(REDIS + "USER", "");
    environment.put(REDIS + "PASSWORD", "");
    environment.put(REDIS + "PASSWORD_FILE", "");
    environment.put(REDIS + "USE_SSL", "0");
    environment.put(REDIS + "SENTINEL__MASTER_NAME", "");
    environment.put(REDIS + "CLUSTER__NODES", "");
    environment.put(REDIS + "CLUSTER__SHARDED", "0");
    return ConfigLoader.load(file(), environment, DEFAULTS);
  }

  /** Each line that can be copied works as it stands, with a token where the service wants one. */
  private static String greeting(Config config, int port, int redisPort, @Nullable String token) {
    String secure = config.http().tls().enabled() ? "s" : "";
    String address = "127.0.0.1:" + port;
    String header = token == null ? "" : " -H \"Authorization: Bearer " + token + "\"";
    String page =
        config.http().console()
            ? " To watch, open this page: http%s://%s/?account_id=%s"
                .formatted(secure, address, DemoEvents.FIRST_ACCOUNT)
            : "";
    String tokenLine =
        token == null ? "" : "\n  A token for the account, good for a day:\n    " + token + "\n";
    return """

        Luna Sender listens on %1$s, with a Redis of its own on port %7$d and made-up events. Ctrl-C ends it.%6$s

          The API, to read and to try:   http%5$s://%2$s/docs/spec
          The manual:                    http%5$s://%2$s/docs/dev/index.html
        %9$s
          Men of the first account, as they are seen (needs Node.js):
            npx -y wscat%8$s -H "Luna-Account-Id: %3$s" -c "ws%5$s://%2$s/2/ws?%4$s"
          The same with nothing but curl:
            curl -sN%8$s -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" \
        -H "Sec-WebSocket-Key: bHVuYS1zZW5kZXItZGVtbw==" -H "Luna-Account-Id: %3$s" --output - \
        "http%5$s://%2$s/2/ws?%4$s"
          An event of your own:
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

  /** How this program was started, so that another of its commands can be. */
  private static String program() {
    String jar = System.getProperty("java.class.path", "");
    return jar.endsWith(".jar") && !jar.contains(File.pathSeparator)
        ? "java -jar " + jar
        : "luna-sender";
  }
}
