package luna.sender.cli.doctor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.cli.client.ErrorDetail;

/**
 * What was collected: the texts by title, in order, and the statuses of the node's responses.
 *
 * <p>Owner: confined to one thread.
 */
final class Evidence {
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final Map<String, Integer> statuses = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();

  /** Adds a response of the node. */
  void add(String path, int status, String body) {
    statuses.put(path, status);
    texts.put("GET " + path + ": " + status, body);
  }

  void add(String title, String text) {
    texts.put(title, text);
  }

  /** Adds what could not be collected, and what the user can do about it. */
  void missing(String what) {
    missing.add(what);
  }

  List<String> missing() {
    return missing;
  }

  Map<String, String> texts() {
    return texts;
  }

  /** Returns the status of a response; 0 without a response. */
  int status(String path) {
    return statuses.getOrDefault(path, 0);
  }

  /** Returns the text of a response; empty without a response. */
  String body(String path) {
    return texts.getOrDefault("GET " + path + ": " + status(path), "");
  }

  /** Returns the detail of an error. */
  String detail(String path) {
    return Objects.requireNonNullElse(ErrorDetail.of(body(path)), "");
  }

  /** Returns a field of Redis's INFO; empty without it. */
  String redisInfo(String field) {
    Matcher matcher =
        Pattern.compile("(?m)^" + Pattern.quote(field) + ":(.*?)\\r?$")
            .matcher(texts.getOrDefault(Doctor.REDIS + "INFO", ""));
    return matcher.find() ? matcher.group(1) : "";
  }

  long redisNumber(String field) {
    String text = redisInfo(field);
    return text.isEmpty() || !text.chars().allMatch(Character::isDigit) ? 0 : Long.parseLong(text);
  }
}
