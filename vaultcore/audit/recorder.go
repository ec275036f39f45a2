package audit

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// Recorder is a service whose uses leave lines in a trail, and whose snapshot and status
// say what there is of it.
type Recorder struct {
	agent.Service
	trail *Trail
}

var _ agent.Service = Recorder{}

// Recorded is a service as others see it whose trail is t.
func (t *Trail) Recorded(service agent.Service) Recorder {
	return Recorder{agent.Guard(service, t.Around), t}
}

// Snapshot is part of [agent.Service].
func (r Recorder) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	s, err := r.Service.Snapshot(ctx)
	if err != nil {
		return s, err
	}
	standing := make(map[int]time.Time) // since when
	for _, g := range s.Grants {
		standing[g.ID] = g.Begun
	}
	for _, e := range r.trail.Recent() {
		what := e.What()
		if e.Outcome != record.Done && e.Kind != record.Refusal { // which says so itself
			what += " (" + vaultcore.Printable(e.Outcome) + ")"
		}
		if e.Detail != "" && e.Kind != record.Issue && e.Kind != record.Refusal {
			what += ": " + vaultcore.Printable(e.Detail)
		}
		a := vaultcore.Activity{Time: e.Time, What: what, Profile: e.Profile, Who: e.Who(), Failed: e.Outcome != record.Done}
		if begun, ok := standing[e.Grant]; ok && !e.Time.Before(begun.Truncate(time.Microsecond)) { // one of an earlier run may have had the same id
			a.Grant = e.Grant
		}
		s.Recent = append(s.Recent, a)
	}
	return s, nil
}

// Status is part of [agent.Service].
func (r Recorder) Status(ctx context.Context) (agent.Status, error) {
	s, err := r.Service.Status(ctx)
	if err == nil {
		s.Trail, s.TrailTrouble = r.trail.o.Folder, r.trail.Trouble()
	}
	return s, err
}
