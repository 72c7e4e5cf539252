package luna.sender.api;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.contract.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The paths that exist, and the methods that each path allows.
 *
 * <p>How: compares a path as it was sent, character by character. Nothing is decoded or normalised,
 * so a prefix rule of a proxy and this service see the same path: {@code /2/ws/../../config},
 * {@code /%63onfig}, {@code //config} and {@code /config/} do not match {@code /config}.
 *
 * <p>Source: RFC 9110 sections 9.1, 9.3.2, 9.3.7 and 15.5.6; RFC 9112 section 3.2.
 */
final class PathTable {
  private static final String PLAIN = "-._~/";

  /** Far longer than any path that the service has. */
  private static final int LENGTH_LIMIT = 1024;

  private static final List<String> SCHEMES = List.of("http://", "https://");

  /** The methods of pages and files. */
  private static final Set<String> READ_ONLY = methods(Set.of("GET"));

  private final Map<String, Set<String>> allowed = new HashMap<>();
  private final List<Template> templates = new ArrayList<>();
  private final Set<String> all;
  private final Pages pages;

  /**
   * @param hidden the ids of operations that do not exist
   */
  PathTable(OpenAPIContract contract, Set<String> hidden, List<String> files, Pages pages) {
    this.pages = pages;
    for (Path path : contract.getPaths()) {
      Set<String> names = new TreeSet<>();
      path.getOperations().stream()
          .filter(operation -> !hidden.contains(operation.getOperationId()))
          .forEach(operation -> names.add(operation.getHttpMethod().name()));
      if (!names.isEmpty()) {
        for (String each : expand(path)) {
          add(each, methods(names));
        }
      }
    }
    files.forEach(file -> allowed.put(file, READ_ONLY));
    Set<String> every = new TreeSet<>();
    allowed.values().forEach(every::addAll);
    templates.forEach(template -> every.addAll(template.methods));
    all = every;
  }

  private void add(String path, Set<String> methods) {
    int brace = path.indexOf('{');
    if (brace < 0) {
      allowed.put(path, methods);
    } else {
      templates.add(
          new Template(path.substring(0, brace), path.substring(path.indexOf('}') + 1), methods));
    }
  }

  /** A path with one variable segment. */
  private record Template(String prefix, String suffix, Set<String> methods) {
    boolean matches(String path) {
      int end = path.length() - suffix.length();
      return path.length() <= LENGTH_LIMIT
          && path.startsWith(prefix)
          && path.endsWith(suffix)
          && end > prefix.length()
          && path.chars()
              .skip(prefix.length())
              .limit(end - prefix.length())
              .allMatch(Template::isId);
    }

    private static boolean isId(int c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
  }

  private static Set<String> methods(Set<String> names) {
    Set<String> methods = new TreeSet<>(names);
    if (methods.contains(HttpMethod.GET.name())) {
      methods.add(HttpMethod.HEAD.name());
    }
    methods.add(HttpMethod.OPTIONS.name());
    return methods;
  }

  /**
   * Expands a path template to all paths that it matches, for the parameters whose values the
   * contract lists.
   */
  static List<String> expand(Path path) {
    List<String> paths = List.of(path.getName());
    for (Parameter parameter : pathParameters(path)) {
      JsonArray values = parameter.getSchema().get("enum");
      if (values == null) {
        continue;
      }
      List<String> expanded = new ArrayList<>();
      for (String each : paths) {
        for (Object value : values) {
          expanded.add(each.replace("{" + parameter.getName() + "}", String.valueOf(value)));
        }
      }
      paths = expanded;
    }
    return paths;
  }

  private static List<Parameter> pathParameters(Path path) {
    Operation any = path.getOperations().get(0);
    return any.getParameters().stream()
        .filter(parameter -> path.getName().contains("{" + parameter.getName() + "}"))
        .toList();
  }

  /** Returns the methods that a path allows, or null if the path does not exist. */
  @Nullable Set<String> allowed(String path) {
    Set<String> methods = allowed.get(path);
    if (methods != null) {
      return methods;
    }
    for (Template template : templates) {
      if (template.matches(path)) {
        return template.methods;
      }
    }
    return isPlain(path) && pages.hasFile(path) ? READ_ONLY : null;
  }

  /** Returns the methods that at least one path allows, for {@code OPTIONS *}. */
  Set<String> all() {
    return all;
  }

  /**
   * Returns the path of a request target, or null for a target that is neither a path nor an
   * absolute HTTP URL.
   */
  static @Nullable String path(String target) {
    int start = 0;
    for (String scheme : SCHEMES) {
      if (target.regionMatches(true, 0, scheme, 0, scheme.length())) {
        start = target.indexOf('/', scheme.length());
        int query = target.indexOf('?', scheme.length());
        if (query >= 0 && (start < 0 || query < start)) {
          return null;
        }
        if (start < 0) {
          return "/";
        }
      }
    }
    int end = target.indexOf('?', start);
    String path = target.substring(start, end < 0 ? target.length() : end);
    return path.startsWith("/") ? path : null;
  }

  /**
   * Returns whether a path is short and unambiguous: only letters, digits and {@code -._~/},
   * without {@code //} and without segments that begin with a dot.
   */
  private static boolean isPlain(String path) {
    if (path.length() > LENGTH_LIMIT) {
      return false;
    }
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letter && PLAIN.indexOf(c) < 0) {
        return false;
      }
    }
    return !path.contains("//") && !path.contains("/.");
  }
}
