package luna.sender.contract;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import luna.sender.config.PackagedFile;

/**
 * The OpenAPI document of the service.
 *
 * @param yaml as it is served
 * @param json the same as JSON
 */
public record ContractDocument(byte[] yaml, JsonObject json) {
  private static final String RESOURCE = "openapi.yaml";

  /** Reads the document from the class path. */
  public static ContractDocument read() {
    byte[] yaml = PackagedFile.read(RESOURCE);
    try {
      @SuppressWarnings("unchecked")
      Map<String, Object> document = new YAMLMapper().readValue(yaml, Map.class);
      return new ContractDocument(yaml, new JsonObject(document));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
