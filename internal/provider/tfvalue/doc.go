// Package tfvalue converts between Terraform's values and the API's, whatever noun
// they belong to:
//
//   - attributes that hold JSON: custom_attributes of imkit_client, properties of
//     imkit_room_member and value of imkit_config behave alike (json_attribute.go);
//   - sets, times, and fields that the server did or did not report;
//   - validators, and texts of messages.
//
// It knows no resource: a noun's own words stand with the noun.
package tfvalue
