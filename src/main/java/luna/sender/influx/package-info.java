/** Writes monitoring points to InfluxDB 2, in the series of the platform. */
@NullMarked
package luna.sender.influx;

import org.jspecify.annotations.NullMarked;
