package luna.sender.api;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code openapi.yaml}: the bytes that are served, and the contract that the router is built from.
 *
 * <p>Owner: immutable; shared by all event loops.
 *
 * @param yaml the file, byte for byte
 * @param json the same document as JSON, for pages, which cannot read YAML
 */
public record Contract(Buffer yaml, Buffer json, OpenAPIContract openApi) {
  private static final String RESOURCE = "openapi.yaml";

  private static final String TEXT = "text/plain";

  /** What vertx-openapi can load; the other media types stay in what is served. */
  private static final Set<String> LOADABLE = Set.of("application/json", TEXT);

  /** Reads the packed file. */
  public static Future<Contract> load(Vertx vertx) {
    return vertx
        .executeBlocking(Contract::read)
        .compose(
            yaml -> {
              JsonObject document = document(yaml);
              Buffer json = document.toBuffer();
              return OpenAPIContract.from(vertx, loadable(document))
                  .map(openApi -> new Contract(yaml, json, openApi));
            });
  }

  private static Buffer read() {
    try (InputStream in = Contract.class.getClassLoader().getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + ": not packed (expected: on the class path)");
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static JsonObject document(Buffer yaml) {
    try {
      @SuppressWarnings("unchecked")
      Map<String, Object> document = new YAMLMapper().readValue(yaml.getBytes(), Map.class);
      return new JsonObject(document);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
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
    // The router would ask for a handler of its own kind, which needs a library for users.
    object.remove("security");
    for (Map.Entry<String, Object> response : object.getJsonObject("responses")) {
      JsonObject content = ((JsonObject) response.getValue()).getJsonObject("content");
      if (response.getKey().startsWith("1")) {
        // It has no body; the contract describes there what is sent over the WebSocket.
        ((JsonObject) response.getValue()).remove("content");
      } else if (content != null) {
        Set<String> refused =
            content.fieldNames().stream()
                .filter(type -> !LOADABLE.contains(type))
                .collect(Collectors.toSet());
        refused.forEach(content::remove);
        if (content.containsKey(TEXT)) {
          // The library validates a text without a schema only.
          content.put(TEXT, new JsonObject());
        }
      }
    }
  }
}
