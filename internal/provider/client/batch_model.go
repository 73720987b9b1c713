package client

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// batchModel is imkit_client_batch in configuration, plan and state.
type batchModel struct {
	Clients     map[string]batchRecord `tfsdk:"clients"`
	OnDestroy   types.String           `tfsdk:"on_destroy"`
	ClientCount types.Int64            `tfsdk:"client_count"`
}

// Fields of a client of a batch.
const (
	batchNickname  = "nickname"
	batchAvatarURL = "avatar_url"
)

var batchFields = []string{batchNickname, batchAvatarURL}

// batchRecord is one client; a field that is null or absent is not managed.
type batchRecord map[string]types.String

// changes are the records that are new or change, whole: the server may have to make them.
func (m batchModel) changes(prior map[string]batchRecord) []imkit.ClientRecord {
	var records []imkit.ClientRecord
	for _, id := range slices.Sorted(maps.Keys(m.Clients)) {
		planned := m.Clients[id]
		before, exists := prior[id]
		changes := func(field string) bool { return !planned[field].IsNull() && !planned[field].Equal(before[field]) }
		if !exists || slices.ContainsFunc(batchFields, changes) {
			records = append(records, imkit.ClientRecord{
				ID: id, Nickname: planned[batchNickname].ValueStringPointer(), AvatarURL: planned[batchAvatarURL].ValueStringPointer(),
			})
		}
	}
	return records
}

func leavers[Record any](before, after map[string]Record) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(before)), func(id string) bool {
		_, stays := after[id]
		return stays
	})
}

// refresh takes what the server has. A client that is gone leaves the batch.
func (m *batchModel) refresh(found map[string]*imkit.Client) {
	for id, record := range m.Clients {
		reported, there := found[id]
		if !there {
			delete(m.Clients, id)
			continue
		}
		for name, field := range map[string]imkit.Field[string]{batchNickname: reported.Nickname, batchAvatarURL: reported.AvatarURL} {
			if record[name].IsNull() {
				continue // and not managed
			}
			record[name] = tfvalue.RefreshString(record[name], field)
			if record[name].IsNull() {
				record[name] = types.StringValue("")
			}
		}
	}
	m.count()
}

func (m *batchModel) count() {
	m.ClientCount = types.Int64Value(int64(len(m.Clients)))
}
