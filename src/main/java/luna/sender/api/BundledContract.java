package luna.sender.api;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.OpenAPIVersion;
import io.vertx.openapi.contract.impl.OpenAPIContractImpl;
import io.vertx.openapi.impl.OpenAPIFormatValidator;

/**
 * Builds the contract of the bundled document. Does what {@link OpenAPIContract#from} does but for
 * the check of the document against the schemas of OpenAPI, which is most of the work, always has
 * the same result, and is done when the service is built. The public API has no way to leave it
 * out, so this class uses two internal classes of the library.
 */
final class BundledContract {
  private BundledContract() {}

  /** Blocks for some 100 ms. */
  static OpenAPIContract of(JsonObject document) {
    JsonSchemaOptions options =
        new JsonSchemaOptions()
            .setDraft(Draft.DRAFT202012)
            .setBaseUri("app://")
            .setOutputFormat(OutputFormat.Basic);
    SchemaRepository repository = SchemaRepository.create(options, new OpenAPIFormatValidator());
    repository.dereference(JsonSchema.of(document));
    return new OpenAPIContractImpl(repository.resolve(document), OpenAPIVersion.V3_1, repository);
  }
}
