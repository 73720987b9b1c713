package value

import (
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// HCLString is s as a string of the Terraform language: ids may hold quotes
// and template markers.
func HCLString(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}
