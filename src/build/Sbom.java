import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Completes the bill of materials that the CycloneDX plugin generates from Maven's dependencies.
 *
 * <p>Shape: {@code Sbom.java <bom.json> <folder>} writes {@code application.cdx.json}, which also
 * lists the redis-server programs inside a dependency, and {@code service.cdx.json}, for the jar
 * without that dependency and the programs.
 *
 * <p>Errors: the build fails if the dependency has no such program, or programs of two versions.
 *
 * <p>Source: CycloneDX 1.6.
 */
final class Sbom {
  private static final String CARRIER = "pkg:maven/org.signal/embedded-redis@";
  private static final String PROGRAM = "redis-server-";
  private static final ObjectMapper JSON = new ObjectMapper();

  private Sbom() {}

  public static void main(String[] arguments) throws Exception {
    Path made = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    if (!Files.exists(made)) {
      System.out.println("No bill of materials: the CycloneDX plugin does not run offline");
      return;
    }
    ObjectNode bom = (ObjectNode) JSON.readTree(made.toFile());
    write(folder.resolve("service.cdx.json"), without(bom.deepCopy()));
    write(folder.resolve("application.cdx.json"), with(bom, redis()));
  }

  private static void write(Path file, ObjectNode bom) throws IOException {
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), bom);
  }

  /** Returns the programs on the class path, as one component with a file for each platform. */
  private static ObjectNode redis() throws IOException, NoSuchAlgorithmException {
    ObjectNode redis = JSON.createObjectNode();
    ArrayNode files = JSON.createArrayNode();
    List<String> versions = new ArrayList<>();
    try (JarFile jar = new JarFile(carrier().toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        String name = entry.getName();
        if (name.startsWith(PROGRAM)) {
          versions.add(name.substring(PROGRAM.length(), name.indexOf('-', PROGRAM.length())));
          files.add(file(name, jar.getInputStream(entry)));
        }
      }
    }
    if (versions.stream().distinct().count() != 1) {
      throw new IllegalStateException(PROGRAM + ": " + versions + " (expected: one version)");
    }
    String version = versions.get(0);
    redis.put("type", "application");
    redis.put("bom-ref", "pkg:github/redis/redis@" + version);
    redis.put("name", "redis");
    redis.put("version", version);
    redis.put("description", "The redis-server programs that demo and the tests start");
    redis.put("scope", "required");
    redis.putArray("licenses").addObject().putObject("license").put("id", "BSD-3-Clause");
    redis.put("cpe", "cpe:2.3:a:redis:redis:" + version + ":*:*:*:*:*:*:*");
    redis.put("purl", "pkg:github/redis/redis@" + version);
    redis.set("components", files);
    return redis;
  }

  private static ObjectNode file(String name, InputStream content)
      throws IOException, NoSuchAlgorithmException {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(content.readAllBytes());
    ObjectNode file = JSON.createObjectNode().put("type", "file").put("name", name);
    file.putArray("hashes")
        .addObject()
        .put("alg", "SHA-256")
        .put("content", HexFormat.of().formatHex(hash));
    return file;
  }

  private static Path carrier() throws IOException {
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (Path.of(part).getFileName().toString().startsWith("embedded-redis-")) {
        return Path.of(part);
      }
    }
    throw new IOException("class path: no embedded-redis (expected: one)");
  }

  private static ObjectNode with(ObjectNode bom, ObjectNode redis) {
    ((ArrayNode) bom.get("components")).add(redis);
    String ref = redis.get("bom-ref").textValue();
    for (JsonNode dependency : bom.get("dependencies")) {
      if (dependency.get("ref").textValue().startsWith(CARRIER)) {
        ((ObjectNode) dependency).withArray("dependsOn").add(ref);
      }
    }
    ((ArrayNode) bom.get("dependencies")).addObject().put("ref", ref).putArray("dependsOn");
    return bom;
  }

  private static ObjectNode without(ObjectNode bom) {
    removeCarrier(bom.get("components"), "purl");
    removeCarrier(bom.get("dependencies"), "ref");
    for (JsonNode dependency : bom.get("dependencies")) {
      JsonNode all = dependency.path("dependsOn");
      for (int i = all.size() - 1; i >= 0; i--) {
        if (all.get(i).textValue().startsWith(CARRIER)) {
          ((ArrayNode) all).remove(i);
        }
      }
    }
    return bom;
  }

  private static void removeCarrier(JsonNode list, String key) {
    for (int i = list.size() - 1; i >= 0; i--) {
      if (list.get(i).path(key).asText().startsWith(CARRIER)) {
        ((ArrayNode) list).remove(i);
      }
    }
  }
}
