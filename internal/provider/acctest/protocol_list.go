package acctest

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// DefaultLimit is how many results Terraform takes of a list that names no limit.
const DefaultLimit = 100

// Found is a result of a list.
type Found struct {
	// Name is what people read beside the identity.
	Name     string
	Identity map[string]string
	// Resource is null where it was not asked for.
	Resource tftypes.Value
}

// Search is a list block.
type Search struct {
	// Config is its block of that name.
	Config map[string]any
	// Limit is 0 for [DefaultLimit].
	Limit int64
	// Include asks for resources.
	Include bool
	// Each, if set, is told of every result as it arrives.
	Each func(Found)
}

// Query lists objects of the resource's type, as `terraform query` does, up to an
// error or until it has as many as it wants.
func (c *Core) Query(s Search) ([]Found, Said) {
	c.T.Helper()
	schema := Schemas().ListResourceSchemas[c.TypeName]
	config := c.encode(ProtocolObject(schema, s.Config))
	p, told := c.start()
	server, ok := p.server.(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // Until the library's interface has it all.
	if !ok {
		c.T.Fatal("the provider has no list resources")
	}
	valid, err := server.ValidateListResourceConfig(c.ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: c.TypeName, Config: config})
	c.NoError(err)
	if told = append(told, valid.Diagnostics...); told.Failed() {
		return nil, told
	}
	if s.Limit == 0 {
		s.Limit = DefaultLimit
	}
	stream, err := server.ListResource(c.ctx, &tfprotov6.ListResourceRequest{TypeName: c.TypeName, Config: config, IncludeResource: s.Include, Limit: s.Limit})
	c.NoError(err)
	var all []Found
	for result := range stream.Results {
		told = append(told, result.Diagnostics...)
		if told.Failed() {
			break
		}
		if result.Identity == nil {
			if len(result.Diagnostics) == 0 {
				c.T.Error("a result has neither an identity nor anything to say")
			}
			continue
		}
		found := Found{Name: result.DisplayName, Identity: c.identityOf(result.Identity), Resource: c.decode(result.Resource)}
		if s.Include == found.Resource.IsNull() {
			c.T.Errorf("%s has the resource %s, and was asked for it is %t", found.Identity, found.Resource, s.Include)
		}
		if all = append(all, found); s.Each != nil {
			s.Each(found)
		}
		if int64(len(all)) == s.Limit {
			break
		}
	}
	return all, told
}

// Adopt imports a result by its identity and plans the configuration that Terraform
// generates of its resource.
func (c *Core) Adopt(found Found) (Change, Said) {
	c.T.Helper()
	if told := c.ImportByIdentity(found.Identity); told.Failed() {
		return Change{}, told
	}
	p, told := c.start()
	generated, err := p.server.GenerateResourceConfig(c.ctx, &tfprotov6.GenerateResourceConfigRequest{TypeName: c.TypeName, State: c.encode(found.Resource)})
	c.NoError(err)
	if told = append(told, generated.Diagnostics...); told.Failed() {
		return Change{}, told
	}
	config := c.decode(generated.Config)
	if told = append(told, p.validateObject(config)...); told.Failed() {
		return Change{}, told
	}
	planned, more := p.planConfig(config)
	return planned, append(told, more...)
}
