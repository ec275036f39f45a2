package awsconfig

import "github.com/vaultbar/vaultbar/vaultcore/processline"

// Called is what the credential_process of a profile runs.
type Called struct {
	Profile string
	File    string // for messages: ~/.aws/config
	Line    int
	Program string // as it stands there, behind env and shells; empty for a line that cannot be read
	Ours    bool   // it is vaultbar, or aws-vault, whose place that takes
}

// Examine reads a config file once, and what its lines run, in the order of the
// profiles. A file that is not there is empty; of one that cannot be read Config.Err says
// why.
func Examine(path string) (Config, []Called) {
	d, err := Load(path)
	if err != nil {
		return Config{File: Display(path), Path: path, Err: err}, nil
	}
	var called []Called
	for _, p := range d.Profiles.All() {
		key, _ := d.Key(p.Name, "credential_process")
		if key.Value == "" {
			continue
		}
		c := Called{Profile: p.Name, File: d.File, Line: key.Line}
		if command, err := processline.Parse(key.Value); err == nil && len(command.Words) > 0 {
			c.Program, c.Ours = command.Words[0], command.Ours()
		}
		called = append(called, c)
	}
	return d.Config, called
}
