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
 * Which of the forms that we have the client likes best.
 *
 * <p>Shape: all lines of {@code Accept} are one list. Parameters other than the weight are ignored.
 * {@code *} is {@code *}{@code /*}, and a weight may begin with its point: Java's own client sends
 * both.
 *
 * <p>Errors: {@link ApiError#UNSUPPORTED_MEDIA_TYPE} if it accepts none, {@link
 * ApiError#BAD_HEADER} if it can't be told what it accepts.
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

    /** 1 if there is none, negative if it is no weight. */
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

    /** How exactly it names the form, or -1 if it does not. */
    int depth(String ofType, String ofSubtype) {
      boolean anyType = type.equals("*");
      boolean anySubtype = subtype.equals("*");
      boolean takes = (anyType || type.equals(ofType)) && (anySubtype || subtype.equals(ofSubtype));
      return takes ? (anyType ? 0 : 1) + (anySubtype ? 0 : 1) : -1;
    }
  }

  /**
   * @param forms media types, the one for {@code *}{@code /*} and for no header first
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
      throw unreadable();
    }
    for (String element : elements) {
      Range range = Range.parse(element);
      if (range == null) {
        throw unreadable();
      }
      accepted.add(range);
    }
    return accepted;
  }

  private static ApiException unreadable() {
    return new ApiException(
        ApiError.BAD_HEADER, "Accept: unreadable (expected: ranges as in RFC 9110, 12.5.1)");
  }

  /** The weight of the most specific range that takes the form, 0 if none does. */
  private static float weight(List<Range> accepted, String form) {
    int slash = form.indexOf('/');
    float weight = 0;
    int specific = -1;
    for (Range range : accepted) {
      int depth = range.depth(form.substring(0, slash), form.substring(slash + 1));
      if (depth > specific) {
        specific = depth;
        weight = range.weight();
      }
    }
    return weight;
  }
}
