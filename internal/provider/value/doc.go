// Package value holds what Terraform's values and the API's have to do with each
// other, whatever noun they belong to: JSON and moments in both directions,
// objects of which only the configured fields are managed, what was reported and
// what was not, validators, and how values are shown in messages.
//
// It knows no resource: a noun's own words stand with the noun.
package value
