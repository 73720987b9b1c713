package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// robotInARoom is one object of each kind that can be destroyed and made again.
const robotInARoom = `
	resource "imkit_client" "robot" {
	  id       = "robot"
	  nickname = "Robot"
	}
	resource "imkit_client_token" "robot" {
	  client_id = imkit_client.robot.id
	}
	resource "imkit_room" "lobby" {
	  id   = "lobby"
	  name = "Lobby"
	}
	resource "imkit_room_member" "robot" {
	  room_id   = imkit_room.lobby.id
	  client_id = imkit_client.robot.id
	}
	resource "imkit_group" "team" {
	  id         = "team"
	  nickname   = "Team"
	  member_ids = [imkit_client.robot.id]
	}
	resource "imkit_config" "announcement" {
	  key   = "announcement"
	  value = "Hello"
	}
	resource "imkit_client_batch" "people" {
	  clients = { ada = { nickname = "Ada" } }
	}
	`

// The procedures of the guide "Troubleshooting".

func TestGuideTokenLeaked(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	c := w.CLI(t, robotInARoom)
	c.Apply()
	leaked := liveToken(t, w)
	c.Apply("-replace=imkit_client_token.robot")
	if now := liveToken(t, w); now == leaked {
		t.Error("the token lives on")
	}

	w.AddToken("robot", "issued by somebody else", acctest.Epoch.AddDate(1, 0, 0))
	leaked = c.Must("output", "-json") // none: the token is known by the server only
	c.Apply("-replace=imkit_client.robot", "-replace=imkit_client_token.robot")
	if now := liveToken(t, w); strings.Contains(leaked, now) || now == "issued by somebody else" {
		t.Errorf("what lives is %q", now)
	}
	c.Empty()

	leaked = liveToken(t, w)
	c.Shell().Must(strings.ReplaceAll(guideScript(t, "leak.tfplan"), "xargs terraform", `xargs "$TERRAFORM"`))
	if now := liveToken(t, w); now == leaked {
		t.Error("a token of a state that leaked lives on")
	}
}

// liveToken is the only token of the robot that lives.
func liveToken(t *testing.T, w *acctest.World) string {
	t.Helper()
	live := w.LiveTokens("robot")
	if len(live) != 1 {
		t.Fatalf("%d tokens live, want one", len(live))
	}
	return live[0]
}

// guideScript is the script of the guide that has such words.
func guideScript(t *testing.T, words string) string {
	t.Helper()
	for _, script := range scriptsOf(t, "troubleshooting.md.tmpl") {
		if strings.Contains(script, words) {
			return script
		}
	}
	t.Fatalf("the guide has no script with %q", words)
	return ""
}

func TestGuideRotateWithoutAGap(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	config := func(onDestroy string) string {
		return w.Config(fmt.Sprintf(`
			resource "imkit_client" "robot" {
			  id = "robot"
			}
			resource "imkit_client_token" "robot" {
			  client_id  = imkit_client.robot.id
			  on_destroy = %q
			  lifecycle {
			    create_before_destroy = true
			  }
			}`, onDestroy))
	}
	c := w.CLI(t, "")
	c.Write(config("revoke"))
	c.Apply()
	first := liveToken(t, w)
	c.Apply("-replace=imkit_client_token.robot")
	second := liveToken(t, w)

	c.Write(config("keep"))
	c.Apply()
	c.Apply("-replace=imkit_client_token.robot")
	if live := w.LiveTokens("robot"); len(live) != 2 || !slices.Contains(live, second) || slices.Contains(live, first) {
		t.Errorf("what lives is %q, want the second token and another", live)
	}
	c.Empty()
}

func TestGuideStateLost(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{KeepTokensOnReissue: true})
	c := w.CLI(t, robotInARoom)
	c.Apply()
	if err := os.Remove(filepath.Join(c.Dir, "terraform.tfstate")); err != nil {
		t.Fatal(err)
	}
	acctest.Says(t, c.Must("plan"), "7 to add")

	c.WriteFile("imports.tf", `
		import {
		  to = imkit_client.robot
		  id = "robot"
		}
		import {
		  to = imkit_room.lobby
		  id = "lobby"
		}
		import {
		  to = imkit_group.team
		  id = "team"
		}
		import {
		  to = imkit_config.announcement
		  id = "announcement"
		}`)
	acctest.Says(t, c.Apply(), "4 imported, 3 added, 0 changed, 0 destroyed")
	c.Empty()
	w.Alive(t, "robot", 2)
}

func TestGuideCreatedAgainAfterADestroy(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, robotInARoom)
	c.Apply()
	c.Must("destroy", "-auto-approve")
	acctest.Says(t, c.Fails("apply", "-auto-approve"), "Client already exists", "Room already exists")
	c.Write(w.Config(adopting(robotInARoom)))
	c.Apply()
	c.Empty()
	if room, _ := w.Room("lobby"); isFrozen(room) || !slices.Contains(room.Members, "robot") {
		t.Errorf("the room is %+v", room)
	}
	liveToken(t, w)
}

func isFrozen(room sandbox.Room) bool { return fmt.Sprint(room.Fields["status"]) == "0" }

// adopting has clients, rooms and groups taken over that exist, and the room thawed.
func adopting(config string) string {
	for noun, more := range map[string]string{"client": "", "room": "\n  frozen = false", "group": ""} {
		block := regexp.MustCompile(`resource "imkit_` + noun + `" "\w+" {`)
		config = block.ReplaceAllString(config, "$0\n  adopt_existing = true"+more)
	}
	return config
}

func TestGuideRenamedWithoutMoved(t *testing.T) {
	t.Parallel()
	for _, moves := range []bool{true, false} {
		t.Run(fmt.Sprintf("moved %t", moves), func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c := w.CLI(t, robotInARoom)
			c.Apply()
			before := w.LiveTokens("robot")
			renamed := regexp.MustCompile(`(imkit_(?:client|client_token|room|group)"? ?\.?"?)(robot|lobby|team)\b`).ReplaceAllString(robotInARoom, "${1}new_$2")
			if moves {
				for _, address := range []string{"imkit_client.robot", "imkit_client_token.robot", "imkit_room.lobby", "imkit_group.team"} {
					renamed += fmt.Sprintf("moved {\n  from = %s\n  to = %s\n}\n", address, strings.Replace(address, ".", ".new_", 1))
				}
				c.Write(w.Config(renamed))
				output := c.Apply()
				acctest.Says(t, output, "0 added, 0 changed, 0 destroyed")
				if strings.Contains(output, "at once") {
					t.Error(output)
				}
				c.Empty()
				return
			}
			c.Write(w.Config(renamed))
			plan := c.Must("plan")
			acctest.SaidOnce(t, plan, "Client is destroyed and created at once")
			c.Run("apply", "-auto-approve") // it fails unless Terraform happens to destroy first
			c.Write(w.Config(adopting(renamed)))
			c.Apply()
			c.Empty()
			if diff := cmp.Diff(before, w.LiveTokens("robot")); diff == "" {
				t.Error("the guide says that the tokens are lost")
			}
			if room, _ := w.Room("lobby"); isFrozen(room) {
				t.Error("the room is frozen")
			}
		})
	}
}

func TestGuideBlankAClient(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("former-robot", map[string]any{"nickname": "Robot", "avatarUrl": "https://example.com/a.png", "description": "D", "team": "logistics"})
	w.AddToken("former-robot", "token", acctest.Epoch.AddDate(1, 0, 0))
	c := w.CLI(t, "")
	c.Write(w.Config(guidePiece(t, "former-robot")))
	acctest.Says(t, c.Apply(), "1 imported, 0 added, 1 changed, 0 destroyed")
	c.Write(w.Config(""))
	c.Apply()
	client, _ := w.Client("former-robot")
	for name, value := range client {
		if slices.Contains([]string{"nickname", "avatarUrl", "description", "team"}, name) && value != "" && value != nil {
			t.Errorf("%s is still %v", name, value)
		}
	}
	w.Alive(t, "former-robot", 0)
}

// guidePiece is the configuration in the guide that has such words.
func guidePiece(t *testing.T, words string) string {
	t.Helper()
	for name, piece := range readGuides(t) {
		if strings.HasPrefix(name, "troubleshooting") && strings.Contains(piece["main.tf"], words) {
			return piece["main.tf"]
		}
	}
	t.Fatalf("the guide has no configuration with %q", words)
	return ""
}
