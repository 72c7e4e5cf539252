package luna.sender.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import luna.sender.headers.FieldValue;
import org.jspecify.annotations.Nullable;

/**
 * Selects the response media type that the client prefers.
 *
 * <p>How: all lines of {@code Accept} form one list. Parameters other than the weight are ignored.
 * {@code *} means {@code *}{@code /*}, and a weight may begin with a decimal point, because Java's
 * HTTP client sends both.
 *
 * <p>Errors: {@link ApiError#UNSUPPORTED_MEDIA_TYPE} if the client accepts none of the types,
 * {@link ApiError#BAD_HEADER} if the header is malformed.
 *
 * <p>Source: RFC 9110 sections 12.4.2 and 12.5.1.
 */
public final class ContentNegotiation {
  private static final int WEIGHT_LENGTH = 8;

  private ContentNegotiation() {}

  /** A media range and its weight. */
  private record Range(String type, String subtype, float weight) {
    static @Nullable Range parse(String element) {
      List<String> parts = FieldValue.split(element, ';');
      if (parts == null) {
        return null;
      }
      if (parts.isEmpty()) {
        return new Range("", "", 0);
      }
      Map<String, String> parameters = FieldValue.parameters(parts.subList(1, parts.size()));
      float weight = parameters == null ? -1 : weight(parameters.get("q"));
      String media = parts.get(0).toLowerCase(Locale.ROOT);
      int slash = media.indexOf('/');
      if (weight < 0) {
        return null;
      }
      if (slash < 0) {
        return new Range(media, media.equals("*") ? "*" : "", weight);
      }
      return new Range(media.substring(0, slash), media.substring(slash + 1), weight);
    }

    /** Returns 1 if the weight is missing, or a negative number if it is malformed. */
    private static float weight(@Nullable String text) {
      if (text == null) {
        return 1;
      }
      boolean number =
          text.length() <= WEIGHT_LENGTH
              && text.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'))
              && text.chars().anyMatch(c -> c != '.')
              && text.indexOf('.') == text.lastIndexOf('.');
      return number ? Math.min(1, Float.parseFloat(text)) : -1;
    }

    /**
     * Returns how specifically this range matches the type: 0 for {@code *}{@code /*}, 1 for a
     * wildcard subtype, 2 for an exact match, or -1 for no match.
     */
    int depth(String ofType, String ofSubtype) {
      boolean anyType = type.equals("*");
      boolean anySubtype = subtype.equals("*");
      boolean matches =
          (anyType || type.equals(ofType)) && (anySubtype || subtype.equals(ofSubtype));
      return matches ? (anyType ? 0 : 1) + (anySubtype ? 0 : 1) : -1;
    }
  }

  /**
   * Returns the preferred media type.
   *
   * @param forms media types; the first one is the default, also for {@code *}{@code /*}
   */
  public static String choose(RoutingContext context, String... forms) {
    List<String> lines = context.request().headers().getAll(HttpHeaders.ACCEPT);
    if (lines.isEmpty()) {
      return forms[0];
    }
    List<Range> accepted = accepted(lines);
    String chosen = null;
    float best = 0;
    for (String form : forms) {
      float weight = weight(accepted, form);
      if (weight > best) {
        chosen = form;
        best = weight;
      }
    }
    if (chosen == null) {
      throw new ApiException(
          ApiError.UNSUPPORTED_MEDIA_TYPE,
          "Accept: "
              + ParameterError.shown(
                  String.join(", ", context.request().headers().getAll(HttpHeaders.ACCEPT)))
              + " (expected: "
              + String.join(" or ", forms)
              + ")");
    }
    return chosen;
  }

  private static List<Range> accepted(List<String> lines) {
    List<String> elements = FieldValue.list(lines);
    List<Range> accepted = new ArrayList<>();
    if (elements == null) {
      throw malformed();
    }
    for (String element : elements) {
      Range range = Range.parse(element);
      if (range == null) {
        throw malformed();
      }
      accepted.add(range);
    }
    return accepted;
  }

  private static ApiException malformed() {
    return new ApiException(
        ApiError.BAD_HEADER,
        "Accept: malformed (expected: media ranges as in RFC 9110, section 12.5.1)");
  }

  /**
   * Returns the weight of the most specific range that matches the media type, or 0 if none does.
   */
  private static float weight(List<Range> accepted, String form) {
    int slash = form.indexOf('/');
    String type = form.substring(0, slash);
    String subtype = form.substring(slash + 1);
    float weight = 0;
    int specific = -1;
    for (Range range : accepted) {
      int depth = range.depth(type, subtype);
      if (depth > specific) {
        specific = depth;
        weight = range.weight();
      }
    }
    return weight;
  }
}
