package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import luna.sender.config.ConfigException;
import luna.sender.contract.ContractDocument;
import luna.sender.contract.ContractOverlay;
import luna.sender.filter.FilterContract;

/**
 * The contents of {@code openapi.yaml}: the bytes to serve, and the parsed contract from which the
 * router is built.
 *
 * @param filters the filters that the document defines
 * @param yaml the file, byte for byte unless overlays changed it
 * @param json the same document as JSON, for web pages, which cannot parse YAML
 * @param rules the rules of the parameters, by operation id
 */
public record Contract(
    Buffer yaml,
    Buffer json,
    OpenAPIContract openApi,
    FilterContract filters,
    Map<String, List<ParameterRule>> rules) {
  private static final String TEXT = "text/plain";

  /** The media types that vertx-openapi can load. The served document keeps the others too. */
  private static final Set<String> LOADABLE = Set.of("application/json", TEXT);

  /** Documents with the filters that they define. */
  private record Source(ContractDocument document, FilterContract filters) {}

  /**
   * Reads the file from the class path.
   *
   * @param overlays files that change it, in this order
   */
  public static Future<Contract> load(Vertx vertx, List<String> overlays) {
    return vertx
        .executeBlocking(() -> read(overlays))
        .compose(
            source -> {
              JsonObject json = source.document.json();
              Buffer text = json.toBuffer();
              Buffer yaml = Buffer.buffer(source.document.yaml());
              return parse(vertx, loadable(json), overlays)
                  .map(openApi -> new Contract(yaml, text, openApi, source.filters, rules(openApi)))
                  .recover(failure -> Future.failedFuture(inOverlays(overlays, failure)));
            });
  }

  private static Future<OpenAPIContract> parse(
      Vertx vertx, JsonObject document, List<String> overlays) {
    return overlays.isEmpty()
        ? vertx.executeBlocking(() -> BundledContract.of(document))
        : OpenAPIContract.from(vertx, document);
  }

  private static Map<String, List<ParameterRule>> rules(OpenAPIContract openApi) {
    return openApi.operations().stream()
        .collect(
            Collectors.toUnmodifiableMap(
                Operation::getOperationId, operation -> ParameterRule.of(openApi, operation)));
  }

  /** Returns the operation, which must exist. */
  Operation operation(String id) {
    return Objects.requireNonNull(openApi.operation(id));
  }

  /** Returns the validator of the JSON bodies of an operation. */
  Validator bodyValidator(String operation) {
    return openApi
        .getSchemaRepository()
        .validator(
            Objects.requireNonNull(
                    operation(operation).getRequestBody().getContent().get(RequestBodies.JSON))
                .getSchema());
  }

  /** Returns the handler that validates the requests of an operation, for one event loop. */
  ContractValidator validator(Operation operation) {
    return new ContractValidator(
        operation, Objects.requireNonNull(rules.get(operation.getOperationId())));
  }

  /**
   * Returns the filters that the service has with these overlays.
   *
   * @throws ConfigException with the overlay that is wrong, and the place in it
   */
  public static FilterContract filters(List<String> overlays) {
    return read(overlays).filters;
  }

  private static Source read(List<String> overlays) {
    ContractDocument document = ContractDocument.read();
    FilterContract filters = FilterContract.of(document.json());
    for (String file : overlays) {
      try {
        document = document.with(ContractOverlay.read(Path.of(file)));
        filters = FilterContract.of(document.json());
        filters.parameters().forEach(parameter -> checkName(parameter.name()));
      } catch (InvalidPathException failure) {
        throw new ConfigException("CONTRACT_OVERLAYS: " + file + " (expected: a file)");
      } catch (IllegalArgumentException failure) {
        throw new ConfigException(file + ": " + failure.getMessage());
      }
    }
    return new Source(document, filters);
  }

  private static void checkName(String name) {
    if (UrlSecrets.find(name + "=") != null) {
      throw new IllegalArgumentException(
          "parameter "
              + name
              + ": name (expected: not that of a secret, which is refused in a URL)");
    }
  }

  private static Throwable inOverlays(List<String> overlays, Throwable failure) {
    return overlays.isEmpty()
        ? failure
        : new ConfigException(
            String.join(", ", overlays)
                + ": "
                + failure.getMessage()
                + " (expected: a contract in OpenAPI 3.1)");
  }

  /** Removes what the library cannot load. Changes the document. */
  static JsonObject loadable(JsonObject document) {
    document
        .getJsonObject("paths")
        .forEach(path -> ((JsonObject) path.getValue()).forEach(op -> strip(op.getValue())));
    return document;
  }

  private static void strip(Object operation) {
    if (!(operation instanceof JsonObject object)) {
      return;
    }
    // With this key, the router would require a security handler of its own kind, which needs an
    // authentication library.
    object.remove("security");
    for (Map.Entry<String, Object> response : object.getJsonObject("responses")) {
      JsonObject content = ((JsonObject) response.getValue()).getJsonObject("content");
      if (response.getKey().startsWith("1")) {
        // A 101 response has no body. The contract describes the WebSocket messages there.
        ((JsonObject) response.getValue()).remove("content");
      } else if (content != null) {
        Set<String> refused =
            content.fieldNames().stream()
                .filter(type -> !LOADABLE.contains(type))
                .collect(Collectors.toSet());
        refused.forEach(content::remove);
        if (content.containsKey(TEXT)) {
          // The library accepts text/plain only if it has no schema.
          content.put(TEXT, new JsonObject());
        }
      }
    }
  }
}
