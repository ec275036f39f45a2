# Built from source, for Linux and for a Mac without the application.
class Vaultbar < Formula
  desc "{{.Summary}}"
  homepage "{{.Homepage}}"
  url "{{.Source.URL}}"
  version "{{.Number}}"
  sha256 "{{.Source.Sum}}"
  license "MIT"

  depends_on "go" => :build

  def install
    system "make", "install", "PREFIX=#{prefix}", "VERSION={{.Version}}"
  end

  test do
    assert_match "{{.Version}}", shell_output("#{bin}/vaultbar version")
  end
end
