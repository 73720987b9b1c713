package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// What examples/robot-in-a-room calls things.
const (
	robot    = "imkit_client.robot"
	token    = "imkit_client_token.robot"
	room     = "imkit_room.parcels"
	robotID  = "parcel-helper"
	nickname = "Parcel helper"
	roomID   = "where-is-my-parcel"
)

// people are the clients that the robot shares its room with.
var people = []string{"ada", "lin"}

// webhook stands for one with a secret in it.
const webhook = "https://hooks.example.com/imkit?key=not-for-anybody-to-see"

// story is what the demo tells. Every step checks on the server that it is true.
type story struct {
	*stage
	tf      *terraform
	server  *sandbox
	version string // of the provider
}

func (s *story) tell(ctx context.Context) error {
	for i, step := range []struct {
		title string
		play  func(context.Context) error
	}{
		{"Terraform creates a robot, its access token, and its room with a webhook and two people", s.create},
		{"A second look finds nothing to change", s.nothingToChange},
		{"Somebody edits the robot and the members of its room, and Terraform repairs both", s.repair},
		{"The token nears its expiry, and Terraform renews it", s.renew},
		{"Terraform tears everything down", s.destroy},
	} {
		s.heading(i+1, step.title)
		if err := step.play(ctx); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (s *story) create(ctx context.Context) error {
	s.keepSecret(webhook)
	s.say("The provider was built on this machine alone, which is what Terraform is going to warn about.")
	if _, err := s.tf.show(ctx, "init"); err != nil {
		return err
	}
	if _, err := s.tf.show(ctx, "apply", "-auto-approve"); err != nil {
		return err
	}
	if err := s.expectCaller(ctx); err != nil {
		return err
	}
	if err := s.expectRobot(ctx, 1); err != nil {
		return err
	}
	value, err := s.liveToken(ctx)
	if err != nil {
		return err
	}
	if err := s.expectRoom(ctx, false); err != nil {
		return err
	}
	name, err := s.server.readRoom(ctx, value, roomID)
	if err != nil {
		return fmt.Errorf("the robot reads its room: %w", err)
	}
	s.say("The robot signs in with its token, and reads its room, %q, with all three in it.", name)
	return nil
}

func (s *story) nothingToChange(ctx context.Context) error {
	return s.expectPlan(ctx, nil)
}

func (s *story) repair(ctx context.Context) error {
	before, err := s.liveToken(ctx)
	if err != nil {
		return err
	}
	s.say("Somebody renames the robot, throws %s out of the room and brings a stranger in, past Terraform.", people[0])
	if err := s.server.rename(ctx, robotID, "Bob was here"); err != nil {
		return err
	}
	if err := s.server.swapMembers(ctx, roomID, people[0], stranger); err != nil {
		return err
	}
	if err := s.expectPlan(ctx, map[string]string{robot: "update", room: "update"}); err != nil {
		return err
	}
	if _, err := s.tf.show(ctx, "apply", planFile); err != nil {
		return err
	}
	if err := s.expectRobot(ctx, 1); err != nil {
		return err
	}
	if err := s.expectRoom(ctx, false); err != nil {
		return err
	}
	if err := s.expectAccepted(ctx, before, true); err != nil {
		return err
	}
	s.say("The name and %s are back, the stranger is out, and the robot's token lived through it.", people[0])
	return nil
}

func (s *story) renew(ctx context.Context) error {
	const fiveDays = 5*24*time.Hour + time.Hour

	s.say("Nobody wants to wait five days: the server's clock goes back that far while it issues another token.")
	if err := s.server.moveClock(ctx, -fiveDays); err != nil {
		return err
	}
	if _, err := s.tf.show(ctx, "apply", "-auto-approve", "-replace="+token); err != nil {
		return err
	}
	if err := s.server.moveClock(ctx, fiveDays); err != nil {
		return err
	}
	old, err := s.liveToken(ctx)
	if err != nil {
		return err
	}

	s.say("The clock is right again. Of the token's seven days less than two are left, so renewal is due.")
	if err := s.expectPlan(ctx, map[string]string{token: "delete, create"}); err != nil {
		return err
	}
	if _, err := s.tf.show(ctx, "apply", planFile); err != nil {
		return err
	}
	if _, err := s.liveToken(ctx); err != nil {
		return err
	}
	if err := s.expectAccepted(ctx, old, false); err != nil {
		return err
	}
	if err := s.expectRobot(ctx, 1); err != nil {
		return err
	}
	s.say("The new token opens the server, and the old one was revoked. Nothing is left to do:")
	return s.expectPlan(ctx, nil)
}

func (s *story) destroy(ctx context.Context) error {
	last, err := s.liveToken(ctx)
	if err != nil {
		return err
	}
	printed, err := s.tf.show(ctx, "destroy", "-auto-approve")
	if err != nil {
		return err
	}
	if !strings.Contains(printed, "Warning: ") || !strings.Contains(printed, robotID) || !strings.Contains(printed, "remains on the server") {
		return fmt.Errorf("terraform destroy did not warn that the record of %s remains on the server", robotID)
	}
	if err := s.expectAccepted(ctx, last, false); err != nil {
		return err
	}
	if err := s.expectRobot(ctx, 0); err != nil {
		return err
	}
	if err := s.expectRoom(ctx, true); err != nil {
		return err
	}
	s.say("The robot can no longer sign in; its record remains, because the API has no call that deletes one. " +
		"The room is frozen with all that was said in it: deletion must be configured explicitly.")
	return nil
}

// expectCaller checks that nobody but the provider has called the server, and
// that it told its version.
func (s *story) expectCaller(ctx context.Context) error {
	callers, err := s.server.callers(ctx)
	if err != nil {
		return err
	}
	want := fmt.Sprintf("terraform-provider-imkit/%s Terraform/", s.version)
	stranger := func(caller string) bool { return !strings.HasPrefix(caller, want) }
	if len(callers) == 0 || slices.ContainsFunc(callers, stranger) {
		return fmt.Errorf("the server was called by %q, expected was only %q", callers, want)
	}
	return nil
}

// expectPlan shows a plan and checks that it changes exactly this.
func (s *story) expectPlan(ctx context.Context, want map[string]string) error {
	got, err := s.tf.plan(ctx)
	if err != nil {
		return err
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("the plan changes %v, expected was %v", got, want)
	}
	return nil
}

// expectRobot checks that the robot is named as configured, has that many live
// tokens, and is the only one that has any.
func (s *story) expectRobot(ctx context.Context, liveTokens int) error {
	clients, err := s.server.clients(ctx)
	if err != nil {
		return err
	}
	var want record
	want.ID, want.LiveTokens, want.Fields.Nickname, want.Fields.IsRobot = robotID, liveTokens, nickname, true
	if !slices.Contains(clients, want) {
		return fmt.Errorf("the server has the clients %+v, expected was %+v among them", clients, want)
	}
	for _, c := range clients {
		if c.ID != robotID && c.LiveTokens > 0 {
			return fmt.Errorf("%s has a token", c.ID)
		}
	}
	return nil
}

// expectRoom checks that the room is the only one, is frozen or not, and has the
// robot and the people in it.
func (s *story) expectRoom(ctx context.Context, frozen bool) error {
	rooms, err := s.server.rooms(ctx)
	if err != nil {
		return err
	}
	if len(rooms) != 1 || rooms[0].ID != roomID {
		return fmt.Errorf("the server has the rooms %+v, expected was only %s", rooms, roomID)
	}
	members := slices.Sorted(slices.Values(rooms[0].Members))
	if want := slices.Sorted(slices.Values(append([]string{robotID}, people...))); !slices.Equal(members, want) {
		return fmt.Errorf("the room has the members %q, expected were %q", members, want)
	}
	if is := rooms[0].Fields.Status == 0; is != frozen {
		return fmt.Errorf("the room is frozen: %t, expected was %t", is, frozen)
	}
	return nil
}

// liveToken is the token in the state, which the server must accept.
func (s *story) liveToken(ctx context.Context) (string, error) {
	value, err := s.tf.token(ctx)
	if err != nil {
		return "", err
	}
	s.keepSecret(value)
	return value, s.expectAccepted(ctx, value, true)
}

func (s *story) expectAccepted(ctx context.Context, value string, want bool) error {
	got, err := s.server.accepts(ctx, value)
	if err != nil {
		return err
	}
	switch {
	case want && !got:
		return errors.New("the server refuses a token that should be alive")
	case got && !want:
		return errors.New("the server accepts a token that should be dead")
	}
	return nil
}
