package luna.sender.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import luna.sender.config.ConfigException;
import luna.sender.config.PackagedFile;

/**
 * The OpenAPI document of the service.
 *
 * @param yaml as it is served
 * @param json the same as JSON
 */
public record ContractDocument(byte[] yaml, JsonObject json) {
  private static final String RESOURCE = "openapi.yaml";
  private static final YAMLMapper YAML = new YAMLMapper();

  /** Reads the document from the class path. */
  public static ContractDocument read() {
    byte[] yaml = PackagedFile.read(RESOURCE);
    return new ContractDocument(yaml, new JsonObject(map(yaml)));
  }

  /**
   * Returns this document with changes. Comments and the style of texts are lost.
   *
   * @throws luna.sender.config.ConfigException with the file and the place in it
   */
  public ContractDocument with(ContractOverlay overlay) {
    Map<String, Object> changed = map(yaml);
    overlay.apply(changed);
    try {
      JsonObject after = new JsonObject(changed);
      AllowedChanges.check(json, after);
      SharedFilters.copy(json, after);
    } catch (IllegalArgumentException failure) {
      throw new ConfigException(overlay.file() + ": " + failure.getMessage());
    }
    try {
      byte[] text = YAML.writeValueAsString(changed).getBytes(StandardCharsets.UTF_8);
      return new ContractDocument(text, new JsonObject(changed));
    } catch (JsonProcessingException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @SuppressWarnings("unchecked") // The document is an object.
  private static Map<String, Object> map(byte[] yaml) {
    try {
      return YAML.readValue(yaml, Map.class);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
