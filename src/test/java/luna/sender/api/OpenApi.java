package luna.sender.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * The contract as its readers see it.
 *
 * <p>Owner: immutable.
 */
public final class OpenApi {
  private OpenApi() {}

  public static JsonNode document() {
    try (InputStream in =
        Objects.requireNonNull(
            OpenApi.class.getClassLoader().getResourceAsStream("openapi.yaml"))) {
      return new YAMLMapper().readTree(in);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
