package luna.sender.api;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import luna.sender.config.PackagedFile;

/**
 * The version of this build.
 *
 * <p>Source: {@code project.version} of the build.
 *
 * @param text such as {@code 0.2.0}
 */
public record BuildVersion(String text) {
  /** The version of the current API, as in {@code /2/ws}. */
  public static final int API = 2;

  /** Reads the version that the build has written into the jar. */
  public static BuildVersion read() {
    return new BuildVersion(build("version"));
  }

  /** Returns the version of the packaged Swagger UI, which is part of its folder name. */
  public static String swaggerUi() {
    return build("swagger-ui");
  }

  private static String build(String key) {
    Properties build = new Properties();
    try (InputStream in = PackagedFile.open("luna/sender/build.properties")) {
      build.load(in);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return build.getProperty(key);
  }

  /** Returns {@code {api, major, minor, patch}}. */
  JsonObject json() {
    String[] parts = text.split("[.-]", -1);
    return new JsonObject()
        .put("api", API)
        .put("major", Integer.parseInt(parts[0]))
        .put("minor", Integer.parseInt(parts[1]))
        .put("patch", Integer.parseInt(parts[2]));
  }
}
