package luna.sender.cli.doctor;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import luna.sender.config.Network;

/**
 * Replaces what identifies people: ids of accounts and requests, IP addresses, and the names of
 * operators.
 *
 * <p>Shape: {@code account-1}, {@code request-2}, {@code address-3}, {@code operator-1}; the same
 * value has the same name in all texts of one object. Loopback and wildcard addresses stay. Host
 * names stay too.
 *
 * <p>Owner: confined to one thread.
 */
final class IdMask {
  private static final Pattern ID =
      Pattern.compile("(?:[0-9]{10},)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private static final Pattern OPERATOR =
      Pattern.compile("(?<=\\boperator(?:=\"?|\":\"))[^\\s\",}]++");

  /** An IPv4 address with a colon and a word, which {@link #ADDRESS} does not find. */
  private static final Pattern BEFORE_WORD =
      Pattern.compile("(?<![\\w.:])[0-9]{1,3}(?:\\.[0-9]{1,3}){3}(?=:[A-Za-z_])");

  /** Also finds times, versions and ports, so each is checked. */
  private static final Pattern ADDRESS = Pattern.compile("(?<!\\w)[0-9A-Fa-f:.]{2,}+(?!\\w)");

  private static final Pattern COLON = Pattern.compile(":");

  private static final List<Network> NOBODYS =
      List.of(network("127.0.0.0/8"), network("::1"), network("0.0.0.0"), network("::"));

  private final Map<String, String> names = new HashMap<>();
  private final Map<String, Integer> counts = new HashMap<>();

  private static Network network(String text) {
    return Objects.requireNonNull(Network.parse(text));
  }

  String of(String text) {
    String ids = ID.matcher(text).replaceAll(found -> id(found.group()));
    String operators = OPERATOR.matcher(ids).replaceAll(found -> name("operator", found.group()));
    String words = BEFORE_WORD.matcher(operators).replaceAll(this::address);
    return ADDRESS.matcher(words).replaceAll(this::address);
  }

  private String id(String text) {
    return name(text.indexOf(',') > 0 ? "request" : "account", text.toLowerCase(Locale.ROOT));
  }

  private String address(MatchResult found) {
    String text = found.group();
    String end = text.endsWith("::") ? "" : text.substring(lastOfAddress(text) + 1);
    String candidate = text.substring(0, text.length() - end.length());
    String masked = masked(candidate);
    if (masked.equals(candidate) && candidate.indexOf('.') > 0) {
      // An IPv4 address with a port, or after a word of hexadecimal digits.
      masked = Arrays.stream(COLON.split(candidate, -1)).map(this::masked).collect(joining(":"));
    }
    return Matcher.quoteReplacement(masked + end);
  }

  /** A sentence may end after an address. */
  private static int lastOfAddress(String text) {
    int last = text.length() - 1;
    while (last >= 0 && (text.charAt(last) == '.' || text.charAt(last) == ':')) {
      last--;
    }
    return last;
  }

  private String masked(String text) {
    byte[] address = Network.address(text);
    if (address == null || NOBODYS.stream().anyMatch(each -> each.contains(address))) {
      return text;
    }
    return name("address", Network.text(address));
  }

  private String name(String kind, String value) {
    return names.computeIfAbsent(
        kind + ' ' + value, absent -> kind + '-' + counts.merge(kind, 1, Integer::sum));
  }
}
