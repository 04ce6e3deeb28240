"""The customer's scenarios, from the portal's events and from catching up alone: who is told what."""

#: A manager, who stands above her, and another manager of the same department.
VERA, PAVEL, EMMA = 27, 31, 33


def test_a_new_lead_from_the_website(either):
    lead = either.add(
        "lead",
        TITLE="Forty cameras",
        NAME="Yuri",
        LAST_NAME="Antonov",
        PHONE=[{"VALUE": "8 (999) 000-11-22", "VALUE_TYPE": "WORK"}],
        EMAIL=[{"VALUE": "yuri@client.example", "VALUE_TYPE": "WORK"}],
        SOURCE_ID="WEB",
        OPPORTUNITY=1250000,
        WEBFORM_ID=4,
        UTM_SOURCE="ads",
        UTM_CAMPAIGN="autumn",
        ASSIGNED_BY_ID=VERA,
    )
    either.tell()

    assert either.told() == {f"lead:{lead}:created": {str(VERA)}}
    assert either.read(VERA) == [
        "[b]New lead: Forty cameras[/b]",
        "Name: Yuri Antonov",
        "Phone: [call=+79990001122]+7 999 000-11-22[/call]",
        "E-mail: yuri@client.example",
        "Source: Веб-сайт",
        "Amount: 1\u00a0250\u00a0000,00 ₽",
        "Web form: 4",
        "Campaign: ads / autumn",
    ]
    assert either.card(VERA).buttons == ["Open in CRM", "Take into work"]


def test_a_deal_in_another_stage(either):
    either.change("deal", 1201, STAGE_ID="C1:FINAL_INVOICE")
    either.tell()

    assert either.told() == {"deal:1201:stagehistory:710": {str(VERA), str(PAVEL)}}
    assert either.read(PAVEL) == [
        "[b]Солнечная крыша: В работе → Финальный счёт[/b]",
        "Client: Ольга Рыбакова, ООО «Северный склад»",
        "Stage: В работе → Финальный счёт",
        "Amount: 1\u00a0250\u00a0000,00 ₽",
        "Funnel: Монтаж",
        "Moved by: [user=1]Анна Смирнова[/user]",
        "Responsible: [user=27]Вера Соколова[/user]",
    ]
    assert either.card(PAVEL).keyboard[0]["LINK"] == "/crm/deal/details/1201/"


def test_a_won_deal(either):
    either.change("deal", 1201, STAGE_ID="C1:WON")
    either.tell()

    assert either.told() == {"deal:1201:stagehistory:710": {str(VERA), str(PAVEL)}}
    assert either.read(VERA)[:2] == [
        "[b]🎉 Won: Солнечная крыша, 1\u00a0250\u00a0000,00 ₽[/b]",
        "Congratulations, [user=27]Вера Соколова[/user]!",
    ]
    assert either.card(VERA).buttons == ["Open in CRM"]


def test_what_an_event_told_is_not_told_again_when_it_is_found(crm):
    crm.post_events()
    lead = crm.add("lead", TITLE="Once", ASSIGNED_BY_ID=VERA)
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.tell()
    before = crm.told()
    crm.hub.app.catch_up.forget()
    crm.hub.settle()
    crm.tell()

    assert set(before) == {f"lead:{lead}:created", "deal:1201:stagehistory:711"}
    assert crm.told() == before
    assert len(crm.hub.shown(str(VERA))) == 2


def test_somebody_else_is_responsible(either):
    either.change("deal", 1201, TITLE="Roof", ASSIGNED_BY_ID=VERA)
    either.tell()
    either.change("deal", 1201, ASSIGNED_BY_ID=EMMA)
    either.tell()

    ((key, who),) = either.told().items()
    assert key.startswith("deal:1201:assigned:33:")
    assert who == {str(VERA), str(EMMA)}
    assert either.read(EMMA)[0] == "[b]Emma Larsen is now responsible: Roof[/b]"
