package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import luna.sender.contract.ContractDocument;
import luna.sender.filter.FilterContract;

/**
 * The contents of {@code openapi.yaml}: the bytes to serve, and the parsed contract from which the
 * router is built.
 *
 * @param filters the filters that the document defines
 * @param yaml the file, byte for byte
 * @param json the same document as JSON, for web pages, which cannot parse YAML
 */
public record Contract(Buffer yaml, Buffer json, OpenAPIContract openApi, FilterContract filters) {
  private static final String TEXT = "text/plain";

  /** The media types that vertx-openapi can load. The served document keeps the others too. */
  private static final Set<String> LOADABLE = Set.of("application/json", TEXT);

  /** Reads the file from the class path. */
  public static Future<Contract> load(Vertx vertx) {
    return vertx
        .executeBlocking(ContractDocument::read)
        .compose(
            document -> {
              JsonObject json = document.json();
              Buffer text = json.toBuffer();
              FilterContract filters = FilterContract.of(json);
              return OpenAPIContract.from(vertx, loadable(json))
                  .map(
                      openApi ->
                          new Contract(Buffer.buffer(document.yaml()), text, openApi, filters));
            });
  }

  private static JsonObject loadable(JsonObject document) {
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
