package room

import (
	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// memberID is the id of a member.
func memberID(room, client string) string { return tfvalue.JoinIDs(room, client) }

// parseMemberID takes the id of a member apart.
func parseMemberID(id string) (room, client string, err error) {
	room, client, err = tfvalue.SplitIDs(id)
	if err == nil {
		err = imkit.CheckRoomID(room)
	}
	if err == nil {
		err = imkit.CheckID(client)
	}
	if err != nil {
		return "", "", err
	}
	return room, client, nil
}
