package luna.sender.cli.command;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;

final class ProcessExitTest {
  /** The connections of a command may be closed late, for example if a server does not answer. */
  @Test
  void commandGoesOnIfItsVertxIsNotClosed() throws InterruptedException {
    Vertx vertx = Vertx.vertx();
    Promise<Void> stopped = Promise.promise();
    await(
        vertx.deployVerticle(
            new VerticleBase() {
              @Override
              public Future<?> stop() {
                return stopped.future();
              }
            }));
    ProcessExit.close(vertx);
    assertThat(stopped.future().isComplete()).isFalse();
    stopped.complete();
    await(vertx.close());
  }
}
