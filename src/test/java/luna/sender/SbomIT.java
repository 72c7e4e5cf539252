package luna.sender;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The packaged jar says of what it is made, to whom looks for vulnerable parts. Built offline it
 * does not, for Maven leaves the plugin out: such a jar is not to be given to others.
 */
final class SbomIT {
  private static final Path JAR = Path.of(System.getProperty("luna.sender.jar"));
  private static final String PACKED = "META-INF/sbom/application.cdx.json";

  @Test
  void jarNamesItsPartsByPurlAndNoneThatOnlyTestsHave() throws Exception {
    JsonObject sbom = new JsonObject(packed());
    assertThat(sbom.getString("bomFormat")).isEqualTo("CycloneDX");
    assertThat(sbom.getJsonObject("metadata").getJsonObject("component").getString("name"))
        .isEqualTo("luna-sender");
    Set<String> names = names(sbom.getJsonArray("components"));
    assertThat(names)
        .contains("io.netty/netty-buffer", "io.vertx/vertx-core", "ch.qos.logback/logback-classic")
        .doesNotContain("org.junit.jupiter/junit-jupiter", "net.jqwik/jqwik");
  }

  @Test
  void partIsNamedWithTheVersionThatIsInTheJar() throws Exception {
    String netty;
    try (JarFile jar = new JarFile(JAR.toFile());
        InputStream versions = read(jar, "META-INF/io.netty.versions.properties")) {
      String text = new String(versions.readAllBytes(), StandardCharsets.ISO_8859_1);
      netty =
          text.lines()
              .filter(line -> line.startsWith("netty-buffer.version="))
              .map(line -> line.substring(line.indexOf('=') + 1))
              .findFirst()
              .orElseThrow();
    }
    assertThat(packed()).contains("pkg:maven/io.netty/netty-buffer@" + netty + "?type=jar");
  }

  @Test
  void sbomLiesBesideTheJarToo() throws Exception {
    Path beside = JAR.resolveSibling("application.cdx.json");
    assertThat(Files.readString(beside)).isEqualTo(packed());
  }

  private static Set<String> names(JsonArray components) {
    return components.stream()
        .map(component -> ((JsonObject) component).getString("purl"))
        .map(purl -> purl.substring("pkg:maven/".length(), purl.indexOf('@')))
        .collect(Collectors.toSet());
  }

  private static String packed() throws Exception {
    try (JarFile jar = new JarFile(JAR.toFile());
        InputStream sbom = read(jar, PACKED)) {
      return new String(sbom.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static InputStream read(JarFile jar, String name) throws Exception {
    return jar.getInputStream(Objects.requireNonNull(jar.getEntry(name), name));
  }
}
