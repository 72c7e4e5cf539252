package luna.sender.api;

import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import luna.sender.contract.ContractDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Compares the contract that is built without checks with that of the library, which checks it. */
final class BundledContractTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    await(vertx.close());
  }

  @Test
  void bundledDocumentIsValidAndReadAsTheLibraryReadsIt() {
    OpenAPIContract checked = await(OpenAPIContract.from(vertx, document()));
    OpenAPIContract bundled = BundledContract.of(document());
    assertThat(bundled.getRawContract()).isEqualTo(checked.getRawContract());
    assertThat(bundled.operations().stream().map(Operation::getOperationId))
        .containsExactlyInAnyOrderElementsOf(
            checked.operations().stream().map(Operation::getOperationId).toList())
        .isNotEmpty();
  }

  private static JsonObject document() {
    return Contract.loadable(ContractDocument.read().json());
  }
}
