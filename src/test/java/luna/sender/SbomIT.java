package luna.sender;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Each packaged jar lists its parts for vulnerability scanners. A jar that is built offline has no
 * list, because Maven skips the plugin: do not distribute such a jar.
 */
final class SbomIT {
  private static final Path JAR = Path.of(System.getProperty("luna.sender.jar"));
  private static final Path SERVICE_JAR = JAR.resolveSibling("luna-sender-service.jar");

  /** The first bytes of ELF files, and of 64-bit Mach-O files. */
  private static final Set<String> MAGIC = Set.of("7f454c46", "cffaedfe");

  private static final String PACKED = "META-INF/sbom/application.cdx.json";

  @Test
  void jarListsItsPartsByPurlWithoutTestDependencies() throws Exception {
    JsonObject sbom = new JsonObject(packed(JAR));
    assertThat(sbom.getString("bomFormat")).isEqualTo("CycloneDX");
    assertThat(sbom.getJsonObject("metadata").getJsonObject("component").getString("name"))
        .isEqualTo("luna-sender");
    Set<String> names = names(sbom.getJsonArray("components"));
    assertThat(names)
        .contains("io.netty/netty-buffer", "io.vertx/vertx-core", "ch.qos.logback/logback-classic")
        .doesNotContain("org.junit.jupiter/junit-jupiter", "net.jqwik/jqwik");
  }

  @Test
  void partIsListedWithItsVersion() throws Exception {
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
    assertThat(packed(JAR)).contains("pkg:maven/io.netty/netty-buffer@" + netty + "?type=jar");
  }

  @Test
  void sbomIsWrittenBesideEachJarToo() throws Exception {
    assertThat(Files.readString(JAR.resolveSibling("application.cdx.json"))).isEqualTo(packed(JAR));
    assertThat(Files.readString(JAR.resolveSibling("service.cdx.json")))
        .isEqualTo(packed(SERVICE_JAR));
  }

  @Test
  void jarListsEachBundledProgram() throws Exception {
    JsonObject redis = component(new JsonObject(packed(JAR)), "pkg:github/redis/redis@");
    Map<String, String> named = new TreeMap<>();
    for (Object file : redis.getJsonArray("components")) {
      JsonObject one = (JsonObject) file;
      named.put(
          one.getString("name"), one.getJsonArray("hashes").getJsonObject(0).getString("content"));
    }
    Map<String, String> bundled = new TreeMap<>();
    try (JarFile jar = new JarFile(JAR.toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        if (isProgram(jar, entry)) {
          byte[] program = jar.getInputStream(entry).readAllBytes();
          byte[] hash = MessageDigest.getInstance("SHA-256").digest(program);
          bundled.put(entry.getName(), HexFormat.of().formatHex(hash));
        }
      }
    }
    assertThat(bundled).isNotEmpty();
    assertThat(named).isEqualTo(bundled);
    assertThat(bundled.keySet())
        .allMatch(name -> name.contains("-" + redis.getString("version") + "-"));
    assertThat(redis.getString("cpe")).contains(":redis:redis:" + redis.getString("version"));
  }

  @Test
  void serviceJarHasAndListsNoProgram() throws Exception {
    try (JarFile jar = new JarFile(SERVICE_JAR.toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        assertThat(isProgram(jar, entry)).as(entry.getName()).isFalse();
        assertThat(entry.getName())
            .doesNotContain("redis-server", "luna/sender/cli/demo/", "luna/sender/cli/bench/");
      }
    }
    assertThat(packed(SERVICE_JAR)).doesNotContain("embedded-redis", "redis-server", "redis/redis");
    Set<String> all = names(new JsonObject(packed(JAR)).getJsonArray("components"));
    all.removeIf(name -> name.equals("org.signal/embedded-redis") || name.startsWith("redis/"));
    assertThat(names(new JsonObject(packed(SERVICE_JAR)).getJsonArray("components")))
        .isEqualTo(all);
  }

  /**
   * Returns whether this is an ELF or Mach-O executable. Native libraries are too; they belong to a
   * Maven part.
   */
  private static boolean isProgram(JarFile jar, JarEntry entry) throws IOException {
    if (entry.isDirectory() || entry.getName().matches(".*\\.(so|jnilib|dylib|dll)")) {
      return false;
    }
    try (InputStream content = jar.getInputStream(entry)) {
      byte[] magic = content.readNBytes(4);
      return magic.length == 4 && MAGIC.contains(HexFormat.of().formatHex(magic));
    }
  }

  private static JsonObject component(JsonObject sbom, String purl) {
    return sbom.getJsonArray("components").stream()
        .map(JsonObject.class::cast)
        .filter(component -> component.getString("purl").startsWith(purl))
        .findFirst()
        .orElseThrow();
  }

  private static Set<String> names(JsonArray components) {
    return components.stream()
        .map(component -> ((JsonObject) component).getString("purl"))
        .map(purl -> purl.substring(purl.indexOf('/') + 1, purl.indexOf('@')))
        .collect(Collectors.toSet());
  }

  private static String packed(Path file) throws Exception {
    try (JarFile jar = new JarFile(file.toFile());
        InputStream sbom = read(jar, PACKED)) {
      return new String(sbom.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static InputStream read(JarFile jar, String name) throws Exception {
    return jar.getInputStream(Objects.requireNonNull(jar.getEntry(name), name));
  }
}
