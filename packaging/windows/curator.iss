; The installer, for Inno Setup 6.3 or newer. Started by packaging/windows/package.py with /DVersion=… /DNumbers=… /DSource=…
; /DOut=…
; Everything is per person and needs no administrator; the library is never touched, not even when Curator is removed.

#define AppId "org.curator.Curator"
#define Window "curatorw.exe"

[Setup]
AppId={#AppId}
AppName=Curator
AppVersion={#Version}
AppVerName=Curator {#Version}
AppPublisher=Curator
VersionInfoVersion={#Numbers}
DefaultDirName={autopf}\Curator
DefaultGroupName=Curator
DisableProgramGroupPage=yes
DisableDirPage=auto
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=commandline
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; Qt 6 runs from Windows 10 1809 on.
MinVersion=10.0.17763
LicenseFile={#Source}\LICENSE.txt
InfoBeforeFile=before.txt
SetupIconFile={#Source}\Curator.ico
UninstallDisplayIcon={app}\{#Window}
UninstallDisplayName=Curator
WizardStyle=modern
Compression=lzma2/max
SolidCompression=yes
OutputDir={#Out}
OutputBaseFilename=Curator-{#Version}-windows-x64
ChangesAssociations=yes
ChangesEnvironment=yes
; A run that trains elsewhere is watched over by a process of Curator's; closing it loses nothing.
CloseApplications=yes

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "path"; Description: "Let “curator” be typed in a terminal"; Flags: unchecked

[InstallDelete]
; What an older version had and this one has not must not stay beside it.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Source}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{autoprograms}\Curator"; Filename: "{app}\{#Window}"; AppUserModelID: "{#AppId}"
Name: "{autodesktop}\Curator"; Filename: "{app}\{#Window}"; AppUserModelID: "{#AppId}"; Tasks: desktopicon

[Registry]
; “Open with”, and nothing by default: a double click on a .json stays what it was.
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "Curator"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\shell\open\command"; ValueType: string; ValueData: """{app}\{#Window}"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".jsonl"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".ndjson"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".json"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".traj"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".chat"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".af"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".kiln"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".md"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".markdown"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".txt"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".csv"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".tsv"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Window}\SupportedTypes"; ValueType: string; ValueName: ".zip"; ValueData: ""
Root: HKA; Subkey: "Software\Microsoft\Windows\CurrentVersion\App Paths\{#Window}"; ValueType: string; ValueData: "{app}\{#Window}"; Flags: uninsdeletekey
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: IsNotOnPath

[Run]
Filename: "{app}\{#Window}"; Description: "{cm:LaunchProgram,Curator}"; Flags: nowait postinstall skipifsilent

[Code]
function PathOfPerson(): String;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Result) then
    Result := '';
  Result := ';' + Result + ';';
end;

function OwnPart(): String;
begin
  Result := ';' + ExpandConstant('{app}') + ';';
end;

function IsNotOnPath(): Boolean;
begin
  Result := Pos(Uppercase(OwnPart()), Uppercase(PathOfPerson())) = 0;
end;

procedure TakeOffPath();
var
  Whole: String;
  At: Integer;
begin
  Whole := PathOfPerson();
  At := Pos(Uppercase(OwnPart()), Uppercase(Whole));
  if At = 0 then
    exit;
  Delete(Whole, At, Length(OwnPart()) - 1);
  RegWriteExpandStringValue(HKCU, 'Environment', 'Path', Copy(Whole, 2, Length(Whole) - 2));
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
begin
  if Step = usPostUninstall then
    TakeOffPath();
end;
