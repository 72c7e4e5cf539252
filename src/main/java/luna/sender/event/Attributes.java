package luna.sender.event;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one event that filters can test, by their slots in the {@link EventSchema}.
 *
 * <p>Shape: an event that lacks an attribute, or has a value that the contract does not define, has
 * no text, {@code NaN} or no code.
 *
 * <p>Owner: not changed after the event has been read.
 */
public final class Attributes {
  /**
   * Each null, a {@code String}, or an {@code ArrayList} of several. Test for the string: testing
   * whether a string is a {@code List} is slow (FilterIndexBench).
   */
  private final @Nullable Object[] texts;

  private final double[] numbers;

  /** Masks as from {@link CodeNames}. */
  private final long[] codes;

  Attributes(int texts, int numbers, int codes) {
    this.texts = new @Nullable Object[texts];
    this.numbers = new double[numbers];
    this.codes = new long[codes];
    Arrays.fill(this.numbers, Double.NaN);
  }

  /** Returns how many texts the attribute has. */
  public int textCount(int slot) {
    Object value = texts[slot];
    if (value == null) {
      return 0;
    }
    return value instanceof String ? 1 : list(value).size();
  }

  /** Returns the text at this position of an attribute with several, or its only text. */
  public String text(int slot, int position) {
    Object value = texts[slot];
    return value instanceof String text ? text : list(value).get(position);
  }

  /** Returns all texts of the attribute. */
  public List<String> texts(int slot) {
    Object value = texts[slot];
    return value == null ? List.of() : value instanceof String text ? List.of(text) : list(value);
  }

  /** Returns the first text of the attribute, or null if it has none. */
  @Nullable String firstText(int slot) {
    return textCount(slot) == 0 ? null : text(slot, 0);
  }

  /** Returns the number, or {@code NaN} if the event has none. */
  public double number(int slot) {
    return numbers[slot];
  }

  /** Returns the mask of the outcomes; 0 if the event has none. */
  public long codes(int slot) {
    return codes[slot];
  }

  void setText(int slot, @Nullable String text) {
    texts[slot] = text;
  }

  void clear(EventAttribute attribute) {
    int slot = attribute.slot();
    switch (attribute.type()) {
      case TEXT, UUID -> texts[slot] = null;
      case NUMBER -> numbers[slot] = Double.NaN;
      case CODE, OBJECT -> codes[slot] = 0;
    }
  }

  /** Adds the value that is stored in the other slot, and belongs to the same array's element. */
  void add(EventAttribute attribute, int from) {
    switch (attribute.type()) {
      case TEXT, UUID -> addTexts(attribute, texts[from]);
      case NUMBER -> addNumber(attribute, numbers[from]);
      case CODE, OBJECT -> addCodes(attribute, codes[from]);
    }
  }

  void addText(EventAttribute attribute, @Nullable String text) {
    addTexts(attribute, text);
  }

  private void addTexts(EventAttribute attribute, @Nullable Object more) {
    int slot = attribute.slot();
    if (more != null) {
      Object known = texts[slot];
      texts[slot] = known == null ? more : joined(attribute.aggregate(), known, more);
    }
  }

  void addNumber(EventAttribute attribute, double more) {
    int slot = attribute.slot();
    double known = numbers[slot];
    if (Double.isNaN(known) || replaces(attribute.aggregate(), known, more)) {
      numbers[slot] = more;
    }
  }

  void addCodes(EventAttribute attribute, long more) {
    int slot = attribute.slot();
    long known = codes[slot];
    if (known == 0) {
      codes[slot] = more;
    } else if (more != 0) {
      codes[slot] =
          switch (attribute.aggregate()) {
            case FIRST -> known;
            case LAST -> more;
            default -> known | more;
          };
    }
  }

  /** Returns whether a number takes the place of the one before it. It can be {@code NaN}. */
  private static boolean replaces(EventAttribute.Aggregate aggregate, double known, double more) {
    return switch (aggregate) {
      case LOWEST -> more < known;
      case FIRST -> false;
      case LAST -> !Double.isNaN(more);
      default -> more > known;
    };
  }

  private static Object joined(EventAttribute.Aggregate aggregate, Object known, Object more) {
    if (aggregate == EventAttribute.Aggregate.LAST) {
      return more;
    }
    if (aggregate == EventAttribute.Aggregate.FIRST) {
      return known;
    }
    List<String> all = known instanceof String text ? listOf(text) : list(known);
    if (more instanceof String text) {
      all.add(text);
    } else {
      all.addAll(list(more));
    }
    return all;
  }

  /** Returns a list for a few texts. */
  private static List<String> listOf(String text) {
    List<String> texts = new ArrayList<>(4);
    texts.add(text);
    return texts;
  }

  @SuppressWarnings("unchecked") // Only this class fills the array.
  private static List<String> list(Object texts) {
    return (List<String>) texts;
  }
}
