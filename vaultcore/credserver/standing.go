package credserver

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Standing are profiles that are served until somebody ends that: each on a port and with
// a token of its own, those for containers at a [Relay]'s end as well.
type Standing struct {
	folder  string
	changed func()

	adding sync.Mutex // held by whoever adds one or tidies up: of two for one profile the second finds the first

	mu        sync.Mutex           // guards what follows
	served    map[string]*standing // by profile
	listeners *listeners           // of containers; nil while none is served
}

// standing is one profile that is served.
type standing struct {
	*Server
	state vaultcore.ServedState // Containers is guarded by the mutex of the set
}

// Endpoint is where programs ask for a profile that is served.
type Endpoint struct {
	Address, Region string
	Token           vaultcore.Secret
	Relay           Relay // zero where no container is served
}

// Relay is what passes on what containers ask: they ask at the address of ECS, which
// is that of a container with nothing but a program like socat in it.
type Relay struct {
	Address string // where containers ask: "http://169.254.170.2/prod"
	Folder  string // the folder to mount, with the socket that it connects to; empty where there are none
	Port    int    // of 127.0.0.1, where it connects to where containers run in a machine of their own
}

// NewStanding makes an empty set. Containers find their socket in a folder, which is made
// when it is needed. changed is called when one comes or goes.
func NewStanding(folder string, changed func()) *Standing {
	return &Standing{folder: folder, changed: changed, served: make(map[string]*standing)}
}

// Serve serves a profile, for containers too where that is wanted, and says where. What
// is served already goes on, with the token that it has. It returns what the system says
// when there is no port or no socket to be had.
func (s *Standing) Serve(p Profile, containers bool) (Endpoint, error) {
	s.adding.Lock()
	defer s.adding.Unlock()
	defer s.changed()
	known := s.find(p.Name)
	if known == nil {
		server, err := Open(p, Options{})
		if err != nil {
			return Endpoint{}, err
		}
		known = &standing{Server: server, state: vaultcore.ServedState{Profile: p.Name, Address: server.Address(), Since: time.Now()}}
		s.keep(known)
		go s.forget(known)
	}
	go known.closeAt(p.Until)
	place := Endpoint{Address: known.Address(), Region: p.Region, Token: known.Token()}
	if !containers {
		return place, nil
	}
	relay, err := s.admitContainers(known)
	if err != nil {
		return Endpoint{}, err
	}
	place.Relay = relay
	return place, nil
}

// closeAt ends the serving when one of those says so who have it go on.
func (s *standing) closeAt(until <-chan struct{}) {
	select {
	case <-until:
		s.Close()
	case <-s.Done():
	}
}

// find returns what serves a profile; nil for nothing, and for what has ended.
func (s *Standing) find(profile string) *standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.served[profile]
	if one != nil {
		select {
		case <-one.Done():
			return nil
		default:
		}
	}
	return one
}

func (s *Standing) keep(one *standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served[one.state.Profile] = one
}

// forget takes out what has ended, whatever ended it.
func (s *Standing) forget(one *standing) {
	<-one.Done()
	s.adding.Lock()
	defer s.adding.Unlock()
	s.mu.Lock()
	if s.served[one.state.Profile] == one {
		delete(s.served, one.state.Profile)
	}
	unused := s.listeners
	for _, other := range s.served {
		if other.state.Containers {
			unused = nil
		}
	}
	if unused != nil {
		s.listeners = nil
	}
	s.mu.Unlock()
	if unused != nil {
		unused.close()
	}
	s.changed()
}

// admitContainers lets containers ask for a profile.
func (s *Standing) admitContainers(one *standing) (Relay, error) {
	s.mu.Lock()
	open := s.listeners
	s.mu.Unlock()
	if open == nil {
		var err error
		if open, err = openListeners(s.folder, s.container); err != nil {
			return Relay{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners, one.state.Containers = open, true
	return open.relay(one.state.Profile), nil
}

// container is what answers containers that ask for a profile; nil where none does.
func (s *Standing) container(profile string) *container {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.served[profile]; one != nil && one.state.Containers {
		return one.container
	}
	return nil
}

// Stop ends the serving of some profiles, or of all where none is named, and says how
// many there were.
func (s *Standing) Stop(profiles ...string) int {
	s.mu.Lock()
	var ending []*standing
	for name, one := range s.served {
		if len(profiles) == 0 || slices.Contains(profiles, name) {
			ending = append(ending, one)
			delete(s.served, name)
		}
	}
	s.mu.Unlock()
	for _, one := range ending {
		one.Close()
	}
	return len(ending)
}

// List are the profiles that are served, by name.
func (s *Standing) List() []vaultcore.ServedState {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []vaultcore.ServedState
	for one := range maps.Values(s.served) {
		list = append(list, one.state)
	}
	slices.SortFunc(list, func(a, b vaultcore.ServedState) int { return strings.Compare(a.Profile, b.Profile) })
	return list
}
