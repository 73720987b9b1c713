package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// otherObjects are the addresses of objects of providers that are not here.
func otherObjects(bodies map[string]*hclsyntax.Body) map[string]bool {
	others := map[string]bool{}
	for _, body := range bodies {
		for _, block := range body.Blocks {
			if isOther(block) && len(block.Labels) == 2 {
				others[address(block)] = true
			}
		}
	}
	return others
}

// isOther reports whether a block belongs to a provider that is not here.
func isOther(block *hclsyntax.Block) bool {
	switch block.Type {
	case "resource", "data", "ephemeral", "provider":
		provider, _, _ := strings.Cut(block.Labels[0], "_")
		return provider != "imkit" && provider != "terraform"
	}
	return false
}

func address(block *hclsyntax.Block) string {
	address := strings.Join(block.Labels, ".")
	if block.Type != "resource" {
		address = block.Type + "." + address
	}
	return address
}

// edit puts text in place of a part of a file.
type edit struct {
	hcl.Range
	text string
}

// replaceOthers takes what belongs to other providers out of a file. Their
// blocks become local values that hold the expressions of their arguments, and
// references to them a variable of any type.
func replaceOthers(content string, body *hclsyntax.Body, others map[string]bool) string {
	var edits []edit
	for _, block := range body.Blocks {
		switch {
		case isOther(block):
			standIn := fmt.Sprintf("locals {\n  zz_line_%d_of_%s = [\n%s  ]\n}", block.Range().Start.Line,
				strings.TrimSuffix(block.Range().Filename, ".tf"), arguments(content, block.Body, others))
			edits = append(edits, edit{block.Range(), standIn})
		case block.Type == "terraform":
			for _, nested := range block.Body.Blocks {
				for name, attribute := range nested.Body.Attributes {
					if nested.Type == "required_providers" && name != "imkit" {
						edits = append(edits, edit{attribute.Range(), ""})
					}
				}
			}
		default:
			edits = append(edits, references(block, others)...)
		}
	}
	return apply(content, edits, 0)
}

// arguments lists the expressions in a block and the blocks in it.
func arguments(content string, body *hclsyntax.Body, others map[string]bool) string {
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		expression := body.Attributes[name].Expr
		at := expression.Range()
		text := apply(content[at.Start.Byte:at.End.Byte], references(expression, others), at.Start.Byte)
		fmt.Fprintf(&list, "    %s,\n", text)
	}
	for _, block := range body.Blocks {
		list.WriteString(arguments(content, block.Body, others))
	}
	return list.String()
}

// references finds those that lead to other providers.
func references(node hclsyntax.Node, others map[string]bool) []edit {
	var edits []edit
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		reference, ok := n.(*hclsyntax.ScopeTraversalExpr)
		if !ok {
			return nil
		}
		address := reference.Traversal.RootName()
		for _, step := range reference.Traversal[1:] {
			if attribute, ok := step.(hcl.TraverseAttr); ok {
				address += "." + attribute.Name
			}
			if others[address] {
				edits = append(edits, edit{reference.Range(), "var.zz_other"})
				break
			}
		}
		return nil
	})
	return edits
}

// apply makes edits to a text that begins at an offset of its file.
func apply(text string, edits []edit, offset int) string {
	slices.SortFunc(edits, func(a, b edit) int { return b.Start.Byte - a.Start.Byte })
	for _, e := range edits {
		text = text[:e.Start.Byte-offset] + e.text + text[e.End.Byte-offset:]
	}
	return text
}
