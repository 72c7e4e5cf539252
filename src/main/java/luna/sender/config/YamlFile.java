package luna.sender.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Parses YAML files.
 *
 * <p>Shape: UTF-8, one document with a mapping at the top level, or empty. No duplicate keys, no
 * anchors.
 *
 * <p>Errors: {@link ConfigException} with the file and the line number, but without the line
 * itself, because it may contain a secret.
 */
public final class YamlFile {
  private static final String DEFAULTS = "conf/config.yaml";
  private static final int LIMIT_BYTES = 1 << 20;
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .enable(
                      YAMLParser.Feature
                          .EMPTY_STRING_AS_NULL) // the builder does not set this default
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private YamlFile() {}

  /** Reads the defaults from the jar. */
  static ObjectNode defaults() {
    return parse(DEFAULTS, new String(PackagedFile.read(DEFAULTS), StandardCharsets.UTF_8));
  }

  /** Reads a file as maps, lists and values. */
  public static Map<String, Object> readMap(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw bad(file.toString(), "no regular file", "a YAML file");
    }
    if (file.toFile().length() > LIMIT_BYTES) {
      throw bad(file.toString(), "too large", "at most " + LIMIT_BYTES + " bytes");
    }
    return MAPPER.convertValue(read(file), new TypeReference<Map<String, Object>>() {});
  }

  static ObjectNode read(Path file) {
    if (!Files.exists(file)) {
      throw bad(file.toString(), "no such file", "a YAML file");
    }
    if (Files.isDirectory(file)) {
      throw bad(file.toString(), "a folder", "a YAML file");
    }
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (CharacterCodingException e) {
      throw bad(file.toString(), "not UTF-8", "a YAML file in UTF-8");
    } catch (IOException e) {
      throw bad(file.toString(), "cannot be read", "a readable YAML file");
    }
  }

  static ObjectNode parse(String name, String text) {
    try {
      rejectAliasesAndTags(name, text);
      JsonNode tree = MAPPER.readTree(text);
      if (tree.isMissingNode() || tree.isNull()) {
        return MAPPER.createObjectNode();
      }
      if (tree instanceof ObjectNode sections) {
        return sections;
      }
      throw bad(name, StrictDeserializer.shape(tree), "sections with keys");
    } catch (JsonProcessingException e) {
      throw bad(at(name, e.getLocation()), problem(e), "YAML");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void rejectAliasesAndTags(String name, String text) throws IOException {
    try (YAMLParser parser = MAPPER.getFactory().createParser(text)) {
      while (parser.nextToken() != null) {
        if (parser.isCurrentAlias()) {
          throw bad(at(name, parser.currentTokenLocation()), "an alias", "the value itself");
        }
        if (parser.getTypeId() != null) { // otherwise a password that begins with ! would be lost
          throw bad(
              at(name, parser.currentTokenLocation()), "a tag", "the value itself, in quotes");
        }
      }
    }
  }

  /**
   * Describes the error without excerpts of the file, which the messages of the exceptions contain.
   */
  private static String problem(JsonProcessingException e) {
    if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblem() != null) {
      return marked.getProblem();
    }
    if (e instanceof MismatchedInputException) {
      return "a second document";
    }
    boolean harmless = e.getOriginalMessage().startsWith("Duplicate field");
    return harmless ? e.getOriginalMessage() : "an unreadable value";
  }

  private static String at(String name, @Nullable JsonLocation location) {
    return location == null ? name : name + ", line " + location.getLineNr();
  }

  private static ConfigException bad(String name, String value, String expected) {
    return new ConfigException(name + ": " + value + " (expected: " + expected + ")");
  }
}
