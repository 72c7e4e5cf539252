package luna.sender.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a filter can name of one event.
 *
 * <p>Shape: null, {@link #ABSENT}, {@code NaN} or an empty list where the event lacks the attribute
 * or has it in a form that is none of the documented ones.
 *
 * <p>Units: age in years; similarity from 0 to 1.
 *
 * <p>Owner: immutable.
 *
 * @param labels labels of {@code matches} that have at least one candidate
 * @param topSimilarity the highest similarity of all candidates, {@code NaN} without one
 * @param age {@code NaN} if absent
 * @param gender 0 female, 1 male
 * @param ethnicGroup a code of {@link Estimation#ETHNIC_GROUP}; likewise the three that follow
 * @param handlerId of the message that carried the event, lower case
 */
public record Attributes(
    @Nullable String source,
    List<String> labels,
    double topSimilarity,
    double age,
    int gender,
    int ethnicGroup,
    int liveness,
    int mask,
    int emotion,
    List<String> tags,
    @Nullable String city,
    @Nullable String area,
    @Nullable String district,
    @Nullable String street,
    @Nullable String houseNumber,
    @Nullable String handlerId) {

  /** The code of an enumeration that the event lacks; no filter lists it. */
  public static final int ABSENT = -1;
}
