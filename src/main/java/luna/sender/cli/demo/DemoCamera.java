package luna.sender.cli.demo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A camera of the demo: the name of the source, and its location. */
enum DemoCamera {
  ENTRANCE("cam1", "Moscow", "CAO", "mitino", "schepkina", "1/2str3", 36.616, 55.752),
  ARBAT("cam2", "Москва", "ЦАО", "Арбат", "улица Арбат", "10", 37.5985, 55.7522),
  AVENUE(
      "3rd Avenue",
      "New-York",
      "Manhattan",
      "central park",
      "3rd Avenue",
      "1040",
      -73.9651,
      40.7638),
  HAUPTEINGANG(
      "Haupteingang",
      "München",
      "Altstadt-Lehel",
      "Graggenau",
      "Weinstraße",
      "8",
      11.5763,
      48.1383),
  PORTARIA(
      "Portaria 3", "São Paulo", "Sé", "República", "Avenida São João", "677", -46.6396, -23.5405),
  LOBBY(
      "lobby", "Singapore", "Central", "Marina South", "Marina Boulevard", "8A", 103.8536, 1.2797);

  private final String source;
  private final String city;
  private final String area;
  private final String district;
  private final String street;
  private final String houseNumber;
  private final double longitude;
  private final double latitude;

  DemoCamera(
      String source,
      String city,
      String area,
      String district,
      String street,
      String houseNumber,
      double longitude,
      double latitude) {
    this.source = source;
    this.city = city;
    this.area = area;
    this.district = district;
    this.street = street;
    this.houseNumber = houseNumber;
    this.longitude = longitude;
    this.latitude = latitude;
  }

  String source() {
    return source;
  }

  ObjectNode location() {
    ObjectNode location = JsonNodeFactory.instance.objectNode();
    location
        .put("city", city)
        .put("area", area)
        .put("district", district)
        .put("street", street)
        .put("house_number", houseNumber)
        .putObject("geo_position")
        .put("longitude", longitude)
        .put("latitude", latitude);
    return location;
  }
}
