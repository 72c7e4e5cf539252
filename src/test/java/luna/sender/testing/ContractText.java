package luna.sender.testing;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;

/**
 * The packed contract as JSON.
 *
 * <p>Owner: immutable; each call returns a new document.
 */
public final class ContractText {
  private ContractText() {}

  public static JsonObject document() {
    try (InputStream in =
        Objects.requireNonNull(
            ContractText.class.getClassLoader().getResourceAsStream("openapi.yaml"))) {
      @SuppressWarnings("unchecked")
      Map<String, Object> document = new YAMLMapper().readValue(in, Map.class);
      return new JsonObject(document);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
