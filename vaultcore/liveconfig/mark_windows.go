package liveconfig

import "syscall"

// statMark asks for the file's number with a handle that may only look, and that
// keeps nobody from writing, moving or removing the file.
func statMark(path string) (mark, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return mark{}, err
	}
	const share = syscall.FILE_SHARE_READ | syscall.FILE_SHARE_WRITE | syscall.FILE_SHARE_DELETE
	// The flag lets a folder be looked at as well.
	file, err := syscall.CreateFile(name, 0, share, nil, syscall.OPEN_EXISTING, syscall.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return mark{}, err
	}
	defer func() { _ = syscall.CloseHandle(file) }()
	var s syscall.ByHandleFileInformation
	if err := syscall.GetFileInformationByHandle(file, &s); err != nil {
		return mark{}, err
	}
	wide := func(high, low uint32) uint64 { return uint64(high)<<32 | uint64(low) }
	return mark{
		device: uint64(s.VolumeSerialNumber), number: wide(s.FileIndexHigh, s.FileIndexLow),
		size:     int64(wide(s.FileSizeHigh, s.FileSizeLow)),
		modified: s.LastWriteTime.Nanoseconds(), changed: s.CreationTime.Nanoseconds(),
	}, nil
}
