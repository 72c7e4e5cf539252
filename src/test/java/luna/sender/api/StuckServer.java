package luna.sender.api;

import static luna.sender.testing.Waiting.PATIENCE;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import luna.sender.admission.Admission;
import luna.sender.auth.OperatorTokens;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.http.ServerVerticle;
import luna.sender.metrics.Metrics;
import luna.sender.metrics.Readiness;
import luna.sender.socket.Connections;
import luna.sender.socket.ReplaySlots;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.trace.Traces;

/**
 * The servers of the service on two event loops, one of which is blocked, as by an endless loop.
 */
final class StuckServer {
  private StuckServer() {}

  /** In a request, stands for the id of the node. */
  static final String NODE = "5f0c3a91";

  /** Returns the response of the loop that still runs. */
  static Answer ask(String request) {
    Config config =
        ConfigLoader.load(
            null,
            Map.of(
                "LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1",
                "LUNA_SENDER_HTTP_SETTINGS__PORT", "0",
                "LUNA_SENDER_ADMIN__TOKENS_FILE", OperatorTokensFile.create().toString(),
                "LUNA_SENDER_HTTP_SETTINGS__LIVENESS_TIMEOUT", "0.5"));
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    Metrics metrics = new Metrics(config.influx(), config.metrics());
    ProbeHandler probes = new ProbeHandler(new Readiness(), metrics.liveness());
    Admission admission = new Admission(config.limits(), 0, metrics);
    Traces traces = new Traces(config.tracing(), "0", metrics);
    Connections connections = new Connections(true, "", metrics.guard());
    CountDownLatch stuck = new CountDownLatch(1);
    try {
      Contract contract = await(Contract.load(vertx, List.of()));
      OperatorTokens operators = await(OperatorTokens.load(vertx, config.admin(), metrics.guard()));
      ServerVerticle[] servers = new ServerVerticle[2];
      for (int i = 0; i < servers.length; i++) {
        servers[i] =
            new ServerVerticle(
                new ServerVerticle.Shared(
                    config,
                    contract,
                    admission,
                    metrics,
                    traces,
                    probes,
                    new ReplaySlots(1, metrics.replays()),
                    null,
                    null,
                    connections,
                    operators));
        await(vertx.deployVerticle(servers[i], new DeploymentOptions()));
      }
      ((VertxInternal) vertx).nettyEventLoopGroup().next().execute(() -> waitFor(stuck));
      until("the loop has stalled", () -> !metrics.liveness().faults().isEmpty());
      return first(servers[0].port(), request.replace(NODE, connections.node()));
    } finally {
      stuck.countDown();
      await(vertx.close());
      metrics.close();
    }
  }

  /**
   * Connections go to the loops in turn: of two consecutive ones, one goes to the loop that runs.
   */
  private static Answer first(int port, String request) {
    try (RawHttp one = RawHttp.connect(port);
        RawHttp other = RawHttp.connect(port)) {
      CompletableFuture<Object> answer =
          CompletableFuture.anyOf(
              CompletableFuture.supplyAsync(() -> one.send(request).answer()),
              CompletableFuture.supplyAsync(() -> other.send(request).answer()));
      return (Answer) answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }
}
